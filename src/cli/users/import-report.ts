import type { TokenVaultError } from '../../client/token-vault-error.ts';
import { REASONS } from '../../domain/reasons.ts';
import type { ImportLine } from './import-line.ts';

/** What has become of the lines so far. */
export interface ImportTally {
  imported: number;
  already: number;
  /** Lines that failed, by why. */
  readonly failed: Map<string, number>;
}

/** Google's ids are digits. Anything else in the place of one may be a token. */
const USER_ID = /^\d{1,30}$/;

/** Why a line that TokenVault refused was not imported. */
export function refusedText(line: ImportLine, failure: TokenVaultError): string {
  const { reason, code, metadata, violations, requestId } = failure;
  const more = [
    ...Object.entries(metadata).map(([name, value]) => `${name} ${value}`),
    ...violations.map(({ field, description }) => `${field}: ${description}`),
    ...(requestId === undefined ? [] : [`request id ${requestId}`]),
  ];
  const why = reason === undefined ? code : `${reason}: ${REASONS[reason].message}`;
  return `${placeOf(line)}: ${why}${more.length === 0 ? '' : ` (${more.join('; ')})`}`;
}

/** Why a line was not sent. */
export function unsentText(line: ImportLine & { readonly problem: string }): string {
  return `${placeOf(line)} was not sent: ${line.problem}`;
}

export function countFailed({ failed }: ImportTally, why: string): void {
  failed.set(why, (failed.get(why) ?? 0) + 1);
}

export function failedOf({ failed }: ImportTally): number {
  return [...failed.values()].reduce((sum, count) => sum + count, 0);
}

export function tallyText(tally: ImportTally): string {
  const { imported, already } = tally;
  return `${imported} imported, ${already} imported before, ${failedOf(tally)} failed`;
}

/** The end of the report. */
export function tallyLines(tally: ImportTally): readonly string[] {
  const reasons = [...tally.failed].toSorted(([, a], [, b]) => b - a);
  return [tallyText(tally), ...reasons.map(([why, count]) => `  ${count} ${why}`)];
}

function placeOf(line: ImportLine): string {
  const userId = 'request' in line ? line.request.userId : '';
  return USER_ID.test(userId) ? `line ${line.number}, user ${userId}` : `line ${line.number}`;
}
