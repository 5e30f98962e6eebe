import type { Caller } from './caller.ts';
import { type CallerMatcher, matches } from './caller-matcher.ts';
import type { Allowance } from './caller-rights.ts';

/** One entry of the policy: who, and what they may do. */
export interface PolicyEntry extends Allowance {
  readonly matcher: CallerMatcher;
  /** Where the file says so: line of the entry, and of each of its keys. */
  readonly lines: PolicyLines;
}

export interface PolicyLines {
  readonly entry?: number;
  readonly rpcs?: number;
  readonly oauthClients?: number;
  readonly maxScopes?: number;
  readonly users?: number;
}

/** The first entry that matches the caller: it alone counts. */
export function entryOf(entries: readonly PolicyEntry[], caller: Caller): PolicyEntry | undefined {
  return entries.find(({ matcher }) => matches(matcher, caller));
}
