import type { Caller } from '../domain/caller.ts';
import { CallerRights, NO_RIGHTS } from '../domain/caller-rights.ts';
import { entryOf, type PolicyEntry } from '../domain/policy-entry.ts';

/** Says what a caller may do, before anything is looked up. */
export interface CallerPolicy {
  rightsOf(caller: Caller): CallerRights;
}

/**
 * A policy that allows what the first matching entry names, and nothing else. It remembers the rights
 * of every connection's caller: the entries are gone through once for each.
 */
export function createCallerPolicy(entries: readonly PolicyEntry[]): CallerPolicy {
  const known = new WeakMap<Caller, CallerRights>();
  const rights = new Map(entries.map((entry) => [entry, new CallerRights(entry)]));
  const find = (caller: Caller) => {
    const entry = entryOf(entries, caller);
    const found = (entry && rights.get(entry)) ?? NO_RIGHTS;
    known.set(caller, found);
    return found;
  };
  return { rightsOf: (caller) => known.get(caller) ?? find(caller) };
}
