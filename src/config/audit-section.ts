import { oneOf, text, yesOrNo } from './scalars.ts';
import { optional, section, withDefault } from './setting.ts';

/** The `audit` section: where decisions are written down; neither file nor stdout switches it off. */
export interface AuditConfig {
  readonly file?: string | undefined;
  readonly stdout: boolean;
  readonly required: boolean;
  readonly users: 'hashed' | 'clear';
}

/** Whether decisions are written down at all. */
export function isAudited({ file, stdout }: AuditConfig): boolean {
  return file !== undefined || stdout;
}

export function auditSection() {
  return section({
    file: optional(text(/^[^\0]{1,4096}$/, 'must name a file'), {
      doc: 'File to which every decision is appended as a line of a keyed chain, one file for each process. Opened again on SIGHUP. Without it and without `audit.stdout` nothing is recorded.',
    }),
    stdout: withDefault(yesOrNo(), {
      default: false,
      doc: 'Whether the lines go to standard output instead. The log has to go elsewhere then: `log.output: stderr`.',
    }),
    required: withDefault(yesOrNo(), {
      default: false,
      doc: 'Whether calls fail with NOT_READY while their line cannot be written; RevokeUser is served all the same.',
    }),
    users: withDefault(oneOf(['hashed', 'clear']), {
      default: 'hashed',
      doc: 'Whether users stand in the lines by a keyed hash or by their id.',
    }),
  }).superRefine(({ file, stdout, required }, context) => {
    const add = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (file !== undefined && stdout) add('stdout', 'must be false where audit.file names a file');
    if (file === undefined && !stdout && required) {
      add('required', 'must be false where neither audit.file nor audit.stdout is set');
    }
  });
}
