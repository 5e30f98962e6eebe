import type { TokenVaultConnection } from '../../../src/client/connect.ts';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  GetUserRequest,
  ProviderRevocation,
  RevokeUserRequest,
  UserState,
} from '../../../src/client/messages.ts';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';
import type { Answer, Answers, Call, OperationOf } from '../../simulation/history.ts';
import type { Histories } from './histories.ts';

/** Where a call goes: one process, by the name that histories give it. */
export interface Callee {
  readonly name: string;
  readonly connection: TokenVaultConnection;
}

type CallOf<Kind extends Call['kind']> = Extract<Call, { readonly kind: Kind }>;

const USER_STATES = {
  [UserState.USER_STATE_ACTIVE]: 'active',
  [UserState.USER_STATE_REVOKING]: 'revoking',
  [UserState.USER_STATE_REVOKED]: 'revoked',
} as const;

const REVOCATIONS = {
  [ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED]: 'confirmed',
  [ProviderRevocation.PROVIDER_REVOCATION_PENDING]: 'pending',
  [ProviderRevocation.PROVIDER_REVOCATION_NOTHING_TO_REVOKE]: 'nothing_to_revoke',
  [ProviderRevocation.PROVIDER_REVOCATION_UNCONFIRMED]: 'unconfirmed',
} as const;

/** Each method makes one call through the real client, writes it down, and says how it ended. */
export class RecordedCalls {
  readonly #histories: Histories;

  constructor(histories: Histories) {
    this.#histories = histories;
  }

  exchange(callee: Callee, call: CallOf<'exchange'>, timeoutMs: number): Promise<string> {
    const { code, oauthClient, request, user } = call;
    const codeSource = CodeSource.CODE_SOURCE_MOBILE;
    // What tells requests apart is sent along as a name, which no other user has.
    const externalUserId = `${request} ${user}`;
    const wanted = { code, oauthClient, codeSource, externalUserId };
    return this.#record(callee, call, async () => {
      const message = ExchangeCodeRequest.fromPartial(wanted);
      const reply = await callee.connection.exchangeCode(message, { timeoutMs });
      const { userId: user, grantedScopes: scopes, refreshTokenKept: kept } = reply;
      return { user, scopes, kept };
    });
  }

  get(callee: Callee, call: CallOf<'get'>, timeoutMs: number): Promise<string> {
    const { user: userId, oauthClient, scopes } = call;
    return this.#record(callee, call, async () => {
      const request = GetAccessTokenRequest.fromPartial({
        userId,
        oauthClient,
        scopes: [...scopes],
      });
      const reply = await callee.connection.getAccessToken(request, { timeoutMs });
      return { token: reply.accessToken, scopes: reply.scopes };
    });
  }

  revoke(callee: Callee, call: CallOf<'revoke'>, timeoutMs: number): Promise<string> {
    const { user: userId, grantedBefore } = call;
    const before = grantedBefore === undefined ? {} : { grantedBefore: new Date(grantedBefore) };
    return this.#record(callee, call, async () => {
      const request = RevokeUserRequest.fromPartial({ userId, reason: 'a fault test', ...before });
      const reply = await callee.connection.revokeUser(request, { timeoutMs });
      return { providerRevocation: named(REVOCATIONS, reply.providerRevocation) };
    });
  }

  getUser(callee: Callee, call: CallOf<'get-user'>, timeoutMs: number): Promise<string> {
    return this.#record(callee, call, async () => {
      const { user } = await callee.connection.getUser(
        GetUserRequest.fromPartial({ userId: call.user }),
        { timeoutMs },
      );
      if (user === undefined) throw new Error('GetUser said nothing.');
      const oauthClients = [...new Set(user.grants.map(({ oauthClient }) => oauthClient))];
      return { state: named(USER_STATES, user.state), oauthClients };
    });
  }

  /** @returns OK, the reason, or the status of a call whose answer is not TokenVault's own */
  async #record<Kind extends Call['kind']>(
    callee: Callee,
    call: CallOf<Kind>,
    make: () => Promise<Answers[Kind]>,
  ): Promise<string> {
    const operation: OperationOf<Kind> = this.#histories.begin<Kind>(callee.name, call);
    const history = this.#histories.of(call.user);
    try {
      const reply = await make();
      const answer: Answer<Kind> = { kind: 'ok', ...reply };
      history.end(operation, answer);
      return 'OK';
    } catch (error) {
      if (!(error instanceof TokenVaultError)) throw error;
      const { reason, code } = error;
      // The process or the way to it is gone, or it was too slow: what it did is not known.
      if (reason === undefined) operation.lost = true;
      else history.end(operation, { kind: 'failed', reason });
      return reason ?? code;
    }
  }
}

function named<Name>(names: Readonly<Record<number, Name>>, value: number): Name {
  const name = names[value];
  if (name === undefined) throw new Error(`An answer with ${value}, which has no meaning.`);
  return name;
}
