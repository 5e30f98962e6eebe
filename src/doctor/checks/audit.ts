import { auditFileFacts, type FileFacts } from '../../audit/file-facts.ts';
import type { Check } from '../check.ts';
import { error, type Finding, ok, warning } from '../finding.ts';

const MIB = 1024 * 1024;
/** Some hundred thousand decisions. */
const LITTLE_BYTES = 100 * MIB;

/** Where the audit goes: that this user can write there, alone, and that there is room. */
export const auditCheck: Check = {
  area: 'audit',
  async run(context) {
    const { file, stdout, required } = context.section('audit');
    if (file !== undefined) return fileFindings(file, auditFileFacts(file), required);
    if (stdout) return [ok('audit.good', 'The audit goes to standard output.')];
    return [ok('audit.off', 'Nothing is recorded: neither audit.file nor audit.stdout is set.')];
  },
};

export function fileFindings(
  file: string,
  facts: FileFacts,
  required: boolean,
): readonly Finding[] {
  if (facts.kind === 'not_writable') {
    return [
      error({
        id: 'audit.not_writable',
        about: file,
        text: `This user cannot write the audit file ${file} (${facts.code}).`,
        remedy:
          'Correct `audit.file`, or let the user of the service read and write it; run `tokenvault doctor` as that user.',
      }),
    ];
  }
  const findings: Finding[] = [];
  if (facts.freeBytes < LITTLE_BYTES) {
    const free = Math.floor(facts.freeBytes / MIB);
    findings.push(
      (required ? error : warning)({
        id: 'audit.disk_full',
        about: file,
        text: `Where the audit file ${file} is, ${free} MiB are left.`,
        remedy: 'Make room there, or rotate the file and move the old ones away.',
      }),
    );
  }
  if (facts.isShared) {
    findings.push(
      error({
        id: 'audit.shared',
        about: file,
        text: `Several processes write the audit file ${file} in turn.`,
        remedy: 'Give each a file of its own with `audit.file`.',
      }),
    );
  }
  if (findings.length > 0) return findings;
  return [ok('audit.good', `This user can write the audit file ${file}.`, file)];
}
