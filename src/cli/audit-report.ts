import { type ChainSummary, placeText } from '../audit/verify/chain-check.ts';
import { type Finding, type FindingKind, isManipulation } from '../audit/verify/finding.ts';
import type { VerifyReport } from '../audit/verify/verify-lines.ts';

const KINDS: Readonly<Record<FindingKind, string>> = {
  altered: 'altered',
  missing: 'lines missing before this one',
  moved: 'moved',
  repeated: 'repeated',
  unknown_key: 'cannot be checked',
  no_start: 'begins without a start: older files were not given, or lines were cut off',
  no_stop: 'ends without a stop: the process was killed, still runs, or lines were cut off',
  torn: 'only begun: the process was killed while it wrote, or the disk was full',
  lost: 'not recorded',
  empty: 'holds nothing: it was emptied, or nothing was written to it yet',
};

/** As the files were given, and the lines stand in them. */
export function inOrder(
  findings: readonly Finding[],
  files: readonly string[],
): readonly Finding[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const rankOf = ({ place }: Finding) => rank.get(place.file) ?? 0;
  return findings.toSorted((a, b) => rankOf(a) - rankOf(b) || a.place.line - b.place.line);
}

export function findingText({ kind, place, instance, seq, detail }: Finding): string {
  const which = [
    ...(instance === undefined ? [] : [`instance ${instance}`]),
    ...(seq === undefined ? [] : [`number ${seq}`]),
    ...(detail === '' ? [] : [detail]),
  ];
  return `${placeText(place)} ${[KINDS[kind], ...which].join('; ')}`;
}

export function chainText({ instance, host, lines, from, to }: ChainSummary): string {
  const where = host === undefined ? '' : ` on ${host}`;
  return `instance ${instance}${where}: ${lines} lines, ${from} to ${to}`;
}

export function verdictText({ findings, chains }: VerifyReport): string {
  const lines = chains.reduce((sum, chain) => sum + chain.lines, 0);
  const all = `${chains.length} instances, ${lines} lines`;
  if (findings.some(isManipulation)) return `${all}: NOT as they were written.`;
  if (findings.length > 0) return `${all}: as they were written, but not the whole account.`;
  return `${all}: the whole account, as it was written.`;
}
