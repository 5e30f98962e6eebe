import { createHash } from 'node:crypto';
import type { CallContext, Caller } from '../../../src/domain/caller.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { ExchangeCodeRequest, TokenBatch } from '../../../src/service/token-vault.ts';
import { ALL_RIGHTS } from '../../support/rights.ts';
import type { Answers, Call, History, OperationOf } from '../history.ts';
import type { Dice } from './dice.ts';
import type { Serving } from './fleet.ts';
import type { MadeCode } from './sim-google.ts';
import type { Tell } from './story.ts';

export interface CallersDeps {
  readonly history: History;
  readonly dice: Dice;
  readonly tell: Tell;
  /** Told of every answer. */
  readonly answered: (operation: OperationOf<Call['kind']>) => void;
}

/** What one caller sends with a code: two exchanges that have it alike are honest repeats. */
export interface ExchangeFields {
  readonly caller: string;
  readonly expectedUserId?: string;
  readonly externalUserId?: string;
  readonly rebindExternalUser?: boolean;
}

/** What callers call the user. */
export function nameOf(user: string): string {
  return `crm-${user}`;
}

const PATIENT_MS = 30_000;
const CALLER: Caller = { id: 'spiffe://sim.example/worker', proof: 'spiffe' };

/** Makes calls to the replicas, and writes down what was asked and answered. */
export class Callers {
  /** Whether calls from now on wait as long as there is hope. */
  isPatient = false;
  readonly #deps: CallersDeps;

  constructor(deps: CallersDeps) {
    this.#deps = deps;
  }

  exchange(serving: Serving, made: MadeCode, fields: ExchangeFields): void {
    const { caller, ...own } = fields;
    const { code, user, oauthClient, nonce } = made;
    const request: ExchangeCodeRequest = {
      code: new Secret(code),
      oauthClient,
      redirectUri: '',
      nonce,
      ...own,
    };
    const { expectedUserId: expectedUser, externalUserId: name, rebindExternalUser } = fields;
    const call = {
      kind: 'exchange',
      code,
      user,
      oauthClient,
      request: JSON.stringify(fields),
      ...(expectedUser !== undefined && { expectedUser }),
      ...(name !== undefined && { name, rebind: rebindExternalUser === true }),
    } as const;
    this.#call(serving, call, {
      ask: (context) =>
        serving.tokenVault.exchangeCode(request, {
          ...context,
          caller: { ...CALLER, id: caller },
        }),
      answer: (response) => ({
        user: response.userId,
        scopes: response.grantedScopes,
        kept: response.refreshTokenKept,
      }),
    });
  }

  get(serving: Serving, wanted: Omit<OperationOf<'get'>['call'], 'kind'>): void {
    const { user: userId, oauthClient, scopes, minTtlMs, rejected } = wanted;
    const rejectedTokenSha256 =
      rejected === undefined ? undefined : createHash('sha256').update(rejected).digest('hex');
    const request = { userId, oauthClient, scopes, minTtlMs, rejectedTokenSha256 };
    this.#call(serving, { kind: 'get', ...wanted } as const, {
      ask: (context) => serving.tokenVault.getAccessToken(request, context),
      answer: (issued) => ({ token: issued.accessToken.reveal(), scopes: issued.scopes }),
    });
  }

  /** Each user of a batch is an operation of its own: what holds for a Get holds for each. */
  batch(
    serving: Serving,
    users: readonly string[],
    wanted: Omit<OperationOf<'get'>['call'], 'kind' | 'user' | 'rejected'>,
  ): void {
    const { history, tell } = this.#deps;
    const { process, tokenVault } = serving;
    const operations = users.map((user) =>
      history.begin(process.name, { kind: 'get', user, ...wanted }),
    );
    const ids = operations.map(({ id }) => `#${id}`).join(' ');
    tell?.(process.name, `${ids} are asked in one batch: ${users} ${JSON.stringify(wanted)}`);
    const end = (place: number, outcome: TokenBatch['results'][number] | undefined) => {
      const operation = operations[place];
      if (operation === undefined || outcome === undefined) return;
      if (outcome instanceof Failure) {
        history.end(operation, { kind: 'failed', reason: outcome.reason });
      } else {
        const { accessToken, scopes } = outcome;
        history.end(operation, { kind: 'ok', token: accessToken.reveal(), scopes });
      }
      this.#ended(operation);
    };
    const ok = ({ results }: TokenBatch) => {
      for (const [place, result] of results.entries()) end(place, result);
    };
    const failed = (error: unknown) => {
      const failure = error instanceof Failure ? error : new Failure('INTERNAL');
      for (const place of users.keys()) end(place, failure);
    };
    const waits = this.#patience();
    process.reach(0, () => {
      const context = contextOf(`batch-${ids}`, process.monotonic() + waits);
      try {
        const batch = tokenVault.batchGetAccessTokens({ userIds: users, ...wanted }, context);
        if (batch instanceof Promise) batch.then(ok, failed);
        else ok(batch);
      } catch (error) {
        failed(error);
      }
    });
  }

  revoke(serving: Serving, user: string, grantedBefore?: number): void {
    const request = { userId: user, reason: 'simulated', grantedBefore };
    this.#call(serving, { kind: 'revoke', user, grantedBefore } as const, {
      ask: (context) => serving.tokenVault.revokeUser(request, context),
      answer: ({ providerRevocation }) => ({ providerRevocation }),
    });
  }

  getUser(serving: Serving, user: string): void {
    this.#call(serving, { kind: 'get-user', user } as const, {
      ask: (context) => serving.tokenVault.getUser({ userId: user }, context),
      answer: ({ state, grants }) => ({
        state,
        oauthClients: [...new Set(grants.map(({ oauthClient }) => oauthClient))],
      }),
    });
  }

  /** Asks for the name that is by right the user's. */
  lookUp(serving: Serving, user: string): void {
    const name = nameOf(user);
    this.#call(serving, { kind: 'look-up', name, user } as const, {
      ask: (context) => serving.tokenVault.getUser({ externalUserId: name }, context),
      answer: ({ userId }) => ({ user: userId }),
    });
  }

  #call<Kind extends Call['kind'], Response>(
    { process }: Serving,
    call: Extract<Call, { readonly kind: Kind }>,
    how: {
      ask: (context: CallContext) => Response | Promise<Response>;
      answer: (response: Response) => Answers[Kind];
    },
  ): void {
    const { history, tell } = this.#deps;
    const operation = history.begin(process.name, call);
    tell?.(process.name, `#${operation.id} is asked: ${JSON.stringify(call)}`);
    const waits = this.#patience();
    const ok = (response: Response) => {
      history.end(operation, { kind: 'ok', ...how.answer(response) });
      this.#ended(operation);
    };
    const failed = (error: unknown) => {
      const reason = error instanceof Failure ? error.reason : 'INTERNAL';
      if (reason === 'INTERNAL')
        tell?.(process.name, `${error instanceof Error ? error.stack : error}`);
      history.end(operation, { kind: 'failed', reason });
      this.#ended(operation);
    };
    process.reach(0, () => {
      const context = contextOf(`request-${operation.id}`, process.monotonic() + waits);
      try {
        const response = how.ask(context);
        if (response instanceof Promise) response.then(ok, failed);
        else ok(response);
      } catch (error) {
        failed(error);
      }
    });
  }

  /** How long a call is waited for. */
  #patience(): number {
    const { dice } = this.#deps;
    return this.isPatient ? PATIENT_MS : dice.pick([10_000, 10_000, 1_000, PATIENT_MS]);
  }

  #ended<Kind extends Call['kind']>(operation: OperationOf<Kind>): void {
    const { id, answer, replica } = operation;
    this.#deps.tell?.(replica, `#${id} is answered: ${JSON.stringify(answer)}`);
    this.#deps.answered(operation as unknown as OperationOf<Call['kind']>);
  }
}

function contextOf(requestId: string, deadline: number): CallContext {
  return { caller: CALLER, rights: ALL_RIGHTS, requestId, deadline };
}
