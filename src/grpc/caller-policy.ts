import type { Caller } from '../domain/caller.ts';
import type { CallerGrant, RpcName } from '../domain/rpc-name.ts';

/** Decides who may call what, before anything is looked up. */
export interface CallerPolicy {
  allows(caller: Caller, rpc: RpcName): boolean;
}

/** A policy that allows what `entries` name, and nothing else. Entries for one caller add up. */
export function createCallerPolicy(entries: readonly CallerGrant[]): CallerPolicy {
  const allowed = new Map<string, Set<RpcName>>();
  for (const { spiffeId, rpcs } of entries) {
    allowed.set(spiffeId, new Set([...(allowed.get(spiffeId) ?? []), ...rpcs]));
  }
  return { allows: (caller, rpc) => allowed.get(caller.id)?.has(rpc) ?? false };
}
