import { isAudited } from '../../config/audit-section.ts';
import {
  readAuditKeyRecord,
  readServiceRecords,
  type StoredRecord,
} from '../../vault/admin/stored-records.ts';
import { RUN_INIT } from '../../vault/admin/vault-problem.ts';
import type { Check } from '../check.ts';
import { error, type Finding, ok, skipped } from '../finding.ts';
import { sentence } from '../sentence.ts';

/** The records without which the service cannot start. */
export const recordsCheck: Check = {
  area: 'records',
  async run(context) {
    const { mount } = context.section('vault');
    const client = await context.vault.activeFor(mount);
    return (await readServiceRecords(client, mount)).map(recordFinding);
  },
};

/** And the one that it needs where it writes an audit. */
export const auditKeyCheck: Check = {
  area: 'records',
  async run(context) {
    if (!isAudited(context.section('audit'))) return [];
    const { configMount } = context.section('vault');
    const client = await context.vault.activeFor(configMount);
    return [recordFinding(await readAuditKeyRecord(client, configMount))];
  },
};

function recordFinding(record: StoredRecord): Finding {
  const { name, state, restore } = record;
  switch (state.kind) {
    case 'good':
      return ok('records.good', `The record ${name} is there: ${state.says}.`, name);
    case 'missing':
      return error({
        id: 'records.missing',
        about: name,
        text: `There is no record ${name}.`,
        remedy: sentence(RUN_INIT),
      });
    case 'deleted':
      return error({
        id: 'records.deleted',
        about: name,
        text: `The record ${name} was deleted.`,
        remedy: `Run \`vault kv undelete -versions=${state.version} ${name}\`, or restore it from a backup: a new one in its place could lose users.`,
      });
    case 'broken':
      return error({
        id: 'records.broken',
        about: name,
        text: `The record ${name} cannot be read.`,
        remedy: sentence(restore),
      });
    case 'denied':
      return skipped(`The token may not read ${name}.`, name);
    case 'unknown':
      return skipped(`${state.why}, so nothing is known of ${name}.`, name);
  }
}
