import type { DeniedBy } from '../../src/domain/caller-rights.ts';
import type { RpcName } from '../../src/domain/rpc-name.ts';
import { canonicalScopes } from '../../src/domain/scopes.ts';
import type { SeededNumbers } from '../../test/support/seeded-numbers.ts';
import { AUTH, CALLERS, type CallerName, CORP, OTHER, type Rule, type Rules } from './rules.ts';

/** A call that somebody wants to make. */
export interface Wish {
  readonly caller: CallerName;
  readonly rpc: RpcName;
  readonly user: string;
  readonly oauthClient: string;
  /** Canonical. */
  readonly scopes: readonly string[];
}

/** What every connected user has granted. */
export const GRANTED = canonicalScopes([
  'openid',
  'email',
  `${AUTH}drive.appdata`,
  `${AUTH}drive.readonly`,
  `${AUTH}gmail.readonly`,
]);
const DOMAINS = [CORP, CORP, OTHER, undefined, `sub.${CORP}`];
/** One user in so many never connects. */
const STRANGERS = 10;
/** In a thousand. */
const EXCHANGES = 5;
const REVOCATIONS = 1;
const LOOKS = 40;

/** The account number `index`; the others are not known to TokenVault. */
export function userName(index: number): string {
  return `user-${index}`;
}

export function isStranger(index: number): boolean {
  return index % STRANGERS === 0;
}

/** Of the account, as its ID token says. */
export function domainOf(user: string): string | undefined {
  return DOMAINS[Number(user.replace('user-', '')) % DOMAINS.length];
}

export function randomWish(numbers: SeededNumbers, users: number): Wish {
  const index = numbers.below(users);
  return {
    caller: numbers.pick(CALLERS),
    rpc: rpcOf(numbers.below(1_000), isStranger(index)),
    user: userName(index),
    oauthClient: numbers.below(3) === 0 ? 'partner' : 'default',
    scopes: scopesOf(numbers),
  };
}

/** Who never connects has no code either. */
function rpcOf(dice: number, isUnknown: boolean): RpcName {
  if (dice < EXCHANGES && !isUnknown) return 'ExchangeCode';
  if (dice < EXCHANGES + REVOCATIONS) return 'RevokeUser';
  return dice < EXCHANGES + REVOCATIONS + LOOKS ? 'GetUser' : 'GetAccessToken';
}

/** One to three of those that are granted. */
function scopesOf(numbers: SeededNumbers): readonly string[] {
  const count = 1 + numbers.below(1 + numbers.below(3));
  const some = Array.from({ length: count }, () => numbers.below(GRANTED.length));
  return canonicalScopes(some.map((index) => GRANTED[index] ?? 'openid'));
}

/** What must keep the caller out; undefined where nothing may. */
export function expectedDenial(wish: Wish, rules: Rules): DeniedBy | undefined {
  const rule: Rule = rules.of[wish.caller];
  const { rpc } = wish;
  if (!rule.rpcs.includes(rpc)) return 'rpc';
  const hasClient = rpc === 'ExchangeCode' || rpc === 'GetAccessToken';
  if (hasClient && !rule.clients.includes(wish.oauthClient)) return 'oauthClient';
  const beyond = wish.scopes.some((scope) => !rule.scopes.includes(scope));
  if (rpc === 'GetAccessToken' && beyond) return 'scope';
  if (rule.domains === undefined) return undefined;
  const domain = isStranger(Number(wish.user.replace('user-', '')))
    ? undefined
    : domainOf(wish.user);
  return domain !== undefined && rule.domains.includes(domain) ? undefined : 'user';
}
