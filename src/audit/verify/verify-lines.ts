import type { AuditKeys } from '../audit-keys.ts';
import { parseLine, parseTorn } from '../audit-line.ts';
import { ChainCheck, type ChainSummary } from './chain-check.ts';
import type { Finding, FindingKind, Place } from './finding.ts';

/** A file as it is read: whole lines, and what is left after the last line end. */
export interface NamedLines {
  readonly file: string;
  readonly lines: AsyncIterable<string>;
}

export interface VerifyReport {
  /** In the order of the files and their lines, by and large. */
  readonly findings: readonly Finding[];
  readonly chains: readonly ChainSummary[];
}

/**
 * Checks audit files that may hold the lines of several processes, mixed, and parts of one chain in
 * any order. Of a file no more is kept than where its chains begin and end.
 */
export async function verifyLines(
  files: AsyncIterable<NamedLines> | Iterable<NamedLines>,
  keys: ReadonlyMap<string, AuditKeys>,
): Promise<VerifyReport> {
  const chains = new Map<string, ChainCheck>();
  const strange: Finding[] = [];
  const chainOf = (instance: string) => {
    const chain = chains.get(instance) ?? new ChainCheck(instance, keys);
    chains.set(instance, chain);
    return chain;
  };
  for await (const { file, lines } of files) {
    let number = 0;
    for await (const text of lines) {
      number += 1;
      const place = { file, line: number };
      const line = parseLine(text);
      if (line !== undefined) {
        chainOf(line.instance).line(line, place);
        continue;
      }
      const torn = parseTorn(text);
      if (torn?.instance !== undefined) chainOf(torn.instance).torn(place);
      else if (torn !== undefined) strange.push(unattributed('torn', place));
      else strange.push(unattributed('altered', place, 'it is no line of the audit'));
    }
    if (number === 0) strange.push(unattributed('empty', { file, line: 1 }));
    for (const chain of chains.values()) chain.endOfFile();
  }
  const all = [...chains.values()];
  return {
    findings: [...strange, ...all.flatMap((chain) => chain.findings())],
    chains: all.flatMap((chain) => chain.summary() ?? []),
  };
}

/** What is of no process that could be named. */
function unattributed(kind: FindingKind, place: Place, detail = ''): Finding {
  return { kind, place, instance: undefined, seq: undefined, detail };
}
