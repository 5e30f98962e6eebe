import type { CallerMatcher } from '../../src/domain/caller-matcher.ts';
import { type Allowance, CallerRights } from '../../src/domain/caller-rights.ts';
import type { PolicyEntry } from '../../src/domain/policy-entry.ts';
import { RPC_NAMES, type RpcName } from '../../src/domain/rpc-name.ts';

/** Holds whatever it is asked for, which no policy file can say. */
class Everything extends Set<string> {
  override has(): boolean {
    return true;
  }
}

/** What a caller may who may do everything. */
export const ALL: Allowance = {
  rpcs: new Set(RPC_NAMES),
  oauthClients: new Everything(),
  maxScopes: new Everything(),
  users: 'all',
  requestsPerSecond: 1_000_000,
};

/** For tests that are not about what a caller may do. */
export const ALL_RIGHTS = new CallerRights(ALL);

/** The rights of a caller who may do everything but what `limits` say. */
export function rightsWith(limits: Partial<Allowance>): CallerRights {
  return new CallerRights({ ...ALL, ...limits });
}

/** Lets one caller do whatever some RPCs, all unless named, can do. */
export function entryFor(spiffeId: string, rpcs: readonly RpcName[] = RPC_NAMES): PolicyEntry {
  const matcher = { kind: 'spiffeId', id: spiffeId } as const;
  return { ...ALL, matcher, rpcs: new Set(rpcs), lines: {} };
}

/** Lets the bearers of tokens of one issuer do everything. */
export function entryForTokens(
  issuer: string,
  more: Partial<Extract<CallerMatcher, { kind: 'jwt' }>> = {},
): PolicyEntry {
  return { ...ALL, matcher: { kind: 'jwt', issuer, ...more }, lines: {} };
}
