import type { Reason } from '../../src/domain/reasons.ts';
import type { Answers, Call, FactBody, Instant, OperationOf, StoredUser } from './history.ts';
import { History } from './history.ts';

export const USER = 'user-1';
export const DRIVE = 'drive';

/** A history made by hand, with a clock that a test moves. */
export class HandMade {
  readonly history: History;
  time = 0;

  constructor(mode: 'available' | 'strict' = 'strict') {
    this.history = new History({ mode }, () => this.time);
  }

  /** Notes one thing after the other. */
  facts(...facts: readonly FactBody[]): this {
    for (const fact of facts) this.history.fact(fact);
    return this;
  }

  begin<Kind extends Call['kind']>(
    call: Extract<Call, { readonly kind: Kind }>,
    replica = 'r1/1',
  ): OperationOf<Kind> {
    return this.history.begin(replica, call);
  }

  ok<Kind extends Call['kind']>(operation: OperationOf<Kind>, answer: Answers[Kind]): Instant {
    this.history.end(operation, { kind: 'ok', ...answer });
    return operation.begun;
  }

  fail<Kind extends Call['kind']>(operation: OperationOf<Kind>, reason: Reason): void {
    this.history.end(operation, { kind: 'failed', reason });
  }

  /** One that was answered at once. */
  done<Kind extends Call['kind']>(
    call: Extract<Call, { readonly kind: Kind }>,
    answer: Answers[Kind],
  ): void {
    this.ok(this.begin(call), answer);
  }

  /** Google takes a code and gives a refresh token and an access token, which reach the replica. */
  consent(code: string, refreshToken = `refresh of ${code}`): this {
    const owner = { user: USER, oauthClient: 'default' };
    const scopes = [DRIVE];
    return this.facts(
      { kind: 'consent', code, ...owner, scopes },
      { kind: 'refresh-token', token: refreshToken, consent: code },
      accessToken(code, { token: `access of ${code}`, refreshToken }),
      { kind: 'delivered', replica: 'r1/1', accessToken: `access of ${code}` },
    );
  }

  /** Vault commits a version. */
  stored(version: number, fields: Partial<StoredUser> = {}): this {
    return this.facts({ kind: 'stored', user: USER, record: storedUser(version, fields) });
  }

  rest(fields: Partial<StoredUser> | undefined, markers: readonly string[] = []): this {
    const users = new Map(fields === undefined ? [] : [[USER, storedUser(9, fields)]]);
    this.history.finish({ users, markers });
    return this;
  }
}

export function storedUser(version: number, fields: Partial<StoredUser> = {}): StoredUser {
  return { version, generation: version, state: 'active', toRevoke: [], grants: [], ...fields };
}

export function grantOf(code: string, state: 'live' | 'dead' = 'live'): StoredUser['grants'][0] {
  return { oauthClient: 'default', refreshToken: `refresh of ${code}`, scopes: [DRIVE], state };
}

export function accessToken(
  consent: string,
  fields: Partial<Extract<FactBody, { kind: 'access-token' }>> = {},
): FactBody {
  return {
    kind: 'access-token',
    token: `another of ${consent}`,
    user: USER,
    oauthClient: 'default',
    scopes: [DRIVE],
    consent,
    lifeMs: 3_600_000,
    ...fields,
  };
}

export const exchangeOf = (code: string, request = 'same') =>
  ({ kind: 'exchange', code, user: USER, oauthClient: 'default', request }) as const;
export const EXCHANGED = { user: USER, scopes: [DRIVE], kept: false };
export const GET = {
  kind: 'get',
  user: USER,
  oauthClient: 'default',
  scopes: [DRIVE],
  minTtlMs: 60_000,
} as const;
export const gotten = (token: string, scopes: readonly string[] = [DRIVE]) => ({ token, scopes });
export const REVOKE = { kind: 'revoke', user: USER } as const;
export const REVOKED = { providerRevocation: 'confirmed' } as const;
export const GET_USER = { kind: 'get-user', user: USER } as const;
