import { Failure } from './failure.ts';
import type { RpcName } from './rpc-name.ts';

/** What one entry of the policy allows. Nothing that is left out is allowed. */
export interface Allowance {
  readonly rpcs: ReadonlySet<RpcName>;
  /** Aliases. */
  readonly oauthClients: ReadonlySet<string>;
  /** Canonical names; none implies another. */
  readonly maxScopes: ReadonlySet<string>;
  /** Google's hosted domains, in lower case. */
  readonly users: 'all' | ReadonlySet<string>;
  /** Undefined: the limit of every caller that has none of its own. */
  readonly requestsPerSecond?: number;
}

/** What kept a caller out: `metadata.deniedBy` of CALLER_NOT_ALLOWED. */
export type DeniedBy = 'rpc' | 'oauthClient' | 'scope' | 'user';

/** What one caller may do. It only decides: it knows no user and no token. */
export class CallerRights {
  readonly #allowance: Allowance;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  allowsRpc(rpc: RpcName): boolean {
    return this.#allowance.rpcs.has(rpc);
  }

  allowsClient(alias: string): boolean {
    return this.#allowance.oauthClients.has(alias);
  }

  /** @param scopes canonical */
  allowsScopes(scopes: readonly string[]): boolean {
    // Without a function for each scope: every call comes through here.
    for (const scope of scopes) if (!this.#allowance.maxScopes.has(scope)) return false;
    return true;
  }

  /** Of a user without a domain, and of one who is not known, the domain is undefined. */
  allowsUser(hostedDomain: string | undefined): boolean {
    const { users } = this.#allowance;
    return users === 'all' || (hostedDomain !== undefined && users.has(hostedDomain));
  }

  /** Whether nothing has to be known of a user before the caller may learn of them. */
  get coversEveryUser(): boolean {
    return this.#allowance.users === 'all';
  }

  get requestsPerSecond(): number | undefined {
    return this.#allowance.requestsPerSecond;
  }
}

/** Of a caller that the policy does not name. */
export const NO_RIGHTS = new CallerRights({
  rpcs: new Set(),
  oauthClients: new Set(),
  maxScopes: new Set(),
  users: new Set(),
});

/** The one answer to whoever may not ask, whether or not what they ask for exists. */
export function notAllowed(deniedBy: DeniedBy): Failure {
  return new Failure('CALLER_NOT_ALLOWED', { metadata: { deniedBy } });
}
