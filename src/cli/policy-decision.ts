import type { Caller } from '../domain/caller.ts';
import type { DeniedBy } from '../domain/caller-rights.ts';
import { entryOf, type PolicyEntry } from '../domain/policy-entry.ts';
import { RPC_RULES, type RpcName } from '../domain/rpc-name.ts';
import { createCallerPolicy } from '../grpc/caller-policy.ts';

/** One call that somebody might make. */
export interface Asked {
  readonly caller: Caller;
  readonly rpc: RpcName;
  readonly oauthClient: string;
  /** Canonical. */
  readonly scopes: readonly string[];
  /** Undefined: a user without one, or one who is not known. */
  readonly userDomain?: string;
}

/** What the policy says to it, and where. */
export interface Decision {
  /** Undefined where it is allowed. */
  readonly deniedBy?: DeniedBy;
  /** What decided: the entry by its place in the file, one of its keys, or that there is none. */
  readonly because: string;
  readonly line?: number;
}

/** Asks the rights that the service would have for this caller, in the order of the service. */
export function decide(entries: readonly PolicyEntry[], asked: Asked): Decision {
  const { caller, rpc, oauthClient, scopes, userDomain } = asked;
  const entry = entryOf(entries, caller);
  if (entry === undefined) return { deniedBy: 'rpc', because: 'no entry matches the caller' };
  const rights = createCallerPolicy(entries).rightsOf(caller);
  const { lines } = entry;
  const needs = RPC_RULES[rpc];
  const place = `callers[${entries.indexOf(entry)}]`;
  if (!rights.allowsRpc(rpc)) {
    return { deniedBy: 'rpc', because: `rpcs of ${place} lacks ${rpc}`, line: lines.rpcs };
  }
  if (needs.oauthClients && !rights.allowsClient(oauthClient)) {
    const because = `oauth_clients of ${place} lacks ${oauthClient}`;
    return { deniedBy: 'oauthClient', because, line: lines.oauthClients };
  }
  if (needs.maxScopes && !rights.allowsScopes(scopes)) {
    const beyond = scopes.filter((scope) => !rights.allowsScopes([scope])).join(', ');
    const because = `max_scopes of ${place} lacks ${beyond}`;
    return { deniedBy: 'scope', because, line: lines.maxScopes };
  }
  // A list leaves out whom the caller may not see, and is allowed.
  if (rpc !== 'ListUsers' && !rights.allowsUser(userDomain)) {
    const whom = userDomain ?? 'users without a domain and unknown ones';
    return { deniedBy: 'user', because: `users of ${place} lacks ${whom}`, line: lines.users };
  }
  return { because: place, line: lines.entry };
}
