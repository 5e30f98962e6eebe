import type { Mutant } from './mutant.ts';

const MINTER = 'service/token-minter.ts';
const CACHE = 'service/access-token-cache.ts';
const KV = 'vault/kv.ts';

/** Breakages of how tokens are refreshed, kept and handed out, and of how Vault is written. */
export const TOKEN_MUTANTS: readonly Mutant[] = [
  {
    name: 'drop a cas',
    file: KV,
    find: 'options: { cas: condition.expectedVersion } };',
    replace: 'options: { cas: (await this.read(path)).version } };',
  },
  {
    name: 'call a write done whose reply was lost',
    file: KV,
    find: "throw new Failure('STORE_UNAVAILABLE', { detail: 'the reply to a write was lost' });",
    replace: "return { outcome: 'committed', version };",
  },
  {
    name: 'take another’s write for one’s own',
    file: KV,
    find: "const landed = made.kind === 'present' && writeIdOf(made.fields) === writeId;",
    replace: "const landed = made.kind === 'present' && writeIdOf(made.fields) !== undefined;",
  },
  {
    name: 'go to any node that answers',
    file: 'vault/active-node.ts',
    find: 'if (!ha_enabled || is_self) return',
    replace: 'if (!ha_enabled || is_self || leader_address !== "") return',
  },
  {
    name: 'hand out a rotated token’s access token before it is stored',
    file: MINTER,
    find: 'await this.#rotate(found, rotated);',
    replace: 'void this.#rotate(found, rotated).catch(() => undefined);',
  },
  {
    name: 'drop a rotated token',
    file: MINTER,
    find: 'if (rotated !== undefined && !rotated.equals(refreshToken)) {',
    replace: 'if (rotated?.equals(refreshToken)) {',
  },
  {
    name: 'take a refused client for a dead user',
    file: MINTER,
    find: "if (outcome.cause === 'invalid_grant') return undefined;",
    replace: "if (outcome.cause.startsWith('invalid_')) return undefined;",
  },
  {
    name: 'take a secret that Google refuses',
    file: 'service/oauth-clients.ts',
    find: 'if (known === undefined || hasSameCredentials(known, stored.client)) {',
    replace: 'if (stored.client !== undefined) {',
  },
  {
    name: 'mark dead without looking which token was refused',
    file: 'service/grant-updates.ts',
    find: 'const place = placeOf(found.grant.refreshToken, grants);\n      const grant',
    replace: 'const place = 0;\n      const grant',
  },
  {
    name: 'cache by user and client alone',
    file: CACHE,
    find: "key.scopes.join(' ')",
    replace: "''",
  },
  {
    name: 'cache by client and scopes alone',
    file: CACHE,
    find: 'key.userId}\\n',
    replace: "'everybody'}\\n",
  },
  {
    name: 'hand out what has ended',
    file: CACHE,
    find: 'return Math.min(byMonotonic, token.expireTime - now.wall);',
    replace: 'return Math.max(1, Math.min(byMonotonic, token.expireTime - now.wall));',
  },
  {
    name: 'forget the least life that a caller asks for',
    file: 'service/get-access-token.ts',
    find: 'if (!livesLongEnough(cached, remainingMs, request.minTtlMs)) {',
    replace: 'if (!livesLongEnough(cached, remainingMs, 0)) {',
  },
  {
    name: 'keep a token that Google is said to refuse',
    file: 'service/get-access-token.ts',
    find: 'return sha256(cached.accessToken) === rejectedTokenSha256;',
    replace: "return sha256(cached.accessToken) === '';",
  },
  {
    name: 'let refreshes of one user run side by side',
    file: 'concurrency/keyed-mutex.ts',
    find: 'const mine = before.then(work, work);',
    replace: 'const mine = work();',
  },
  {
    name: 'join an old flight',
    inDuels: true,
    file: 'service/token-flights.ts',
    find: 'if (flight !== undefined && !this.#outdated(flight, key.userId)) {',
    replace: 'if (flight !== undefined) {',
  },
  {
    name: 'give an old refusal to those who came later',
    file: 'service/token-flights.ts',
    find: 'if (cameEarly || !isFailure(error, ...FROM_RECORD)) throw error;',
    replace: 'if (error) throw error;',
  },
  {
    name: 'hand out a batch without a last look at what was found first',
    file: 'service/batch-get-access-tokens.ts',
    find: 'if (overtaken.length === 0) return',
    replace: 'if (overtaken.length >= 0) return',
  },
  {
    name: 'mark after the record was read',
    file: MINTER,
    find: 'userKey, mark, hostedDomain, generation };',
    replace: 'userKey, mark: this.#parts.view.mark(), hostedDomain, generation };',
  },
];
