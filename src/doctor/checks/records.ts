import { isAudited } from '../../config/audit-section.ts';
import {
  readAuditKeyRecord,
  readLogKeyRecord,
  readServiceRecords,
  type StoredRecord,
} from '../../vault/admin/stored-records.ts';
import { RUN_INIT } from '../../vault/admin/vault-problem.ts';
import type { Check } from '../check.ts';
import { error, type Finding, type FindingId, ok, skipped, warning } from '../finding.ts';
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

/** And the one that hides users in the log, without which the service starts all the same. */
export const logKeyCheck: Check = {
  area: 'records',
  async run(context) {
    const { configMount } = context.section('vault');
    const client = await context.vault.activeFor(configMount);
    return [logKeyFinding(await readLogKeyRecord(client, configMount))];
  },
};

export function logKeyFinding(record: StoredRecord): Finding {
  const { name, state, restore } = record;
  const without = (id: FindingId, what: string, remedy: string) =>
    warning({
      id,
      about: name,
      text: `The record ${name} ${what}, so users in the log are hidden by the path key, which cannot be replaced.`,
      remedy,
    });
  switch (state.kind) {
    case 'missing':
      return without(
        'records.missing',
        'is not there',
        'Run `tokenvault init --write-policies` with an operator token: it makes the key, and lets the service read it.',
      );
    case 'deleted':
      return without(
        'records.deleted',
        'was deleted',
        `Run \`vault kv undelete -versions=${state.version} ${name}\`.`,
      );
    case 'broken':
      return without('records.broken', 'holds no usable key', sentence(restore));
    default:
      return recordFinding(record);
  }
}

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
