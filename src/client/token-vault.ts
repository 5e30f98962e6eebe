import type { AuthClient, GoogleAuth } from 'google-auth-library';
import { systemClock } from '../observability/system-clock.ts';
import { systemRandom } from '../observability/system-random.ts';
import type { AccessToken } from './access-token.ts';
import { type AccessTokensOptions, accessTokens, type UserIds } from './access-tokens.ts';
import { TIMEOUTS_MS } from './call-timeouts.ts';
import type { CallOptions, TokenVaultConnection } from './connect.ts';
import { type ConnectionSettings, namedInCode } from './connection-settings.ts';
import { GoogleAuths } from './google-auth.ts';
import { LocalTokens } from './local-tokens.ts';
import {
  ExchangeCodeRequest,
  type ExchangeCodeResponse,
  GetUserRequest,
  RevokeUserRequest,
  type RevokeUserResponse,
  type User,
} from './messages.ts';
import { type OpenOptions, openConnection } from './open-connection.ts';
import { SettingsError } from './settings-error.ts';
import { settingsFromEnvironment } from './settings-from-environment.ts';
import type { AccessTokenRequest, TokenRequest } from './token-request.ts';
import { TokenVaultError } from './token-vault-error.ts';
import { CACHED_TOKENS, RECHECK_MS, type Tuning, tuningProblems } from './tuning.ts';
import type { UserToken } from './user-token.ts';

/** The calls of a connection. */
export type TokenVaultCalls = Omit<TokenVaultConnection, 'reachability'>;

export interface TokenVaultOptions extends OpenOptions, Tuning {
  /** Where TokenVault is, and who calls. Default: what the variables `TOKENVAULT_*` say. */
  readonly settings?: ConnectionSettings;
  /** In place of settings, such as a stand-in of TokenVault in a unit test. */
  readonly connection?: TokenVaultCalls;
}

/** A user by Google's `sub`, or by the name that `exchangeCode` was given for them. */
export type UserName = { readonly userId: string } | { readonly externalUserId: string };

/** How one call is made. */
export type CallTerms = Partial<CallOptions>;

/**
 * TokenVault, for services that call Google's APIs for users. One for each process: it keeps
 * connections, and the access tokens of the users who are worked for. Every method rejects with
 * TokenVaultError alone.
 */
export class TokenVault {
  readonly #connection: TokenVaultCalls;
  readonly #timeoutMs: number | undefined;
  readonly #tokens: LocalTokens;
  readonly #googleAuths: GoogleAuths;

  /** @throws SettingsError naming all that is missing or wrong. Nothing is dialled yet. */
  constructor(options: TokenVaultOptions = {}) {
    const { cachedTokens = CACHED_TOKENS, recheckMs = RECHECK_MS } = options;
    this.#connection = connectionOf(options);
    this.#timeoutMs = options.timeoutMs;
    this.#tokens = new LocalTokens({
      most: cachedTokens,
      recheckMs,
      call: (request) =>
        this.#connection.getAccessToken(request, this.#options('getAccessToken', {})),
      clock: systemClock,
      random: systemRandom,
    });
    this.#googleAuths = new GoogleAuths(this.#tokens);
  }

  /**
   * What Google's own clients take as `auth`, such as `google.drive({ version: 'v3', auth })`. It costs
   * nothing to make, holds no token, and is good for as long as this object: make one for each user
   * and piece of work. Where Google refuses a token, another one is got and the request made once more.
   */
  googleAuth(request: TokenRequest): GoogleAuth<AuthClient> {
    return this.#googleAuths.create(request);
  }

  /**
   * A token for calls of your own. From memory where it can be, in which case nothing is sent. Where
   * Google refuses it with 401, ask once more with it as `rejectedToken`.
   */
  getAccessToken(request: AccessTokenRequest): Promise<AccessToken> {
    const { rejectedToken } = request;
    if (rejectedToken === undefined) return this.#tokens.get(request);
    return this.#tokens.replace(request, rejectedToken);
  }

  /**
   * Tokens of any number of users, one by one in the order of `userIds`, which are taken as results are
   * consumed. For work in the background on many users: each costs a small part of a single call. They
   * are not held in memory. A user without a token has an `error`; what may pass was repeated already.
   * Each call has 30 s, whatever `timeoutMs` says, and the loop as long as it takes. It throws
   * TokenVaultError where no user could fare better, and what `userIds` throws.
   * @throws TypeError, RangeError at once, for `userIds` and a `callsInFlight` that make no sense
   */
  accessTokens(
    userIds: UserIds,
    options: AccessTokensOptions,
  ): AsyncGenerator<UserToken, void, undefined> {
    const deps = { connection: this.#connection, clock: systemClock };
    return accessTokens(deps, userIds, options);
  }

  /** What is stored about a user; no token. */
  async getUser(request: UserName, terms: CallTerms = {}): Promise<User> {
    const whole = GetUserRequest.fromPartial(request);
    const { user } = await this.#connection.getUser(whole, this.#options('getUser', terms));
    if (user === undefined) throw new TokenVaultError({ code: 'INTERNAL' });
    return user;
  }

  /**
   * Redeems the one-time code that an app got from Google. After DEADLINE_EXCEEDED, UNAVAILABLE or
   * EXCHANGE_IN_PROGRESS repeat the very same request: the code may have been redeemed, and then its
   * result is what the repeat gets.
   */
  exchangeCode(
    request: Partial<ExchangeCodeRequest> & Pick<ExchangeCodeRequest, 'code'>,
    terms: CallTerms = {},
  ): Promise<ExchangeCodeResponse> {
    const whole = ExchangeCodeRequest.fromPartial(request);
    return this.#connection.exchangeCode(whole, this.#options('exchangeCode', terms));
  }

  /**
   * Ends all of the user's grants, here and at Google. After an error it may have taken effect: repeat
   * it. This process hands out no token of the user from then on.
   */
  async revokeUser(
    request: Partial<RevokeUserRequest> & Pick<RevokeUserRequest, 'userId'>,
    terms: CallTerms = {},
  ): Promise<RevokeUserResponse> {
    const whole = RevokeUserRequest.fromPartial(request);
    try {
      return await this.#connection.revokeUser(whole, this.#options('revokeUser', terms));
    } finally {
      this.#tokens.forgetUser(request.userId);
    }
  }

  /** Calls under way end well, later ones with CANCELLED. Tokens are forgotten. */
  close(): void {
    this.#connection.close();
    this.#tokens.forgetAll();
  }

  #options(call: keyof typeof TIMEOUTS_MS, terms: CallTerms): CallOptions {
    return { ...terms, timeoutMs: terms.timeoutMs ?? this.#timeoutMs ?? TIMEOUTS_MS[call] };
  }
}

/** @throws SettingsError */
function connectionOf(options: TokenVaultOptions): TokenVaultCalls {
  const problems = [...tuningProblems(options)];
  let connection: TokenVaultCalls | undefined;
  try {
    connection = options.connection ?? opened(options);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    problems.push(...error.problems);
  }
  if (connection !== undefined && problems.length === 0) return connection;
  if (connection !== options.connection) connection?.close();
  throw new SettingsError(problems);
}

/** @throws SettingsError that names settings as they were given */
function opened({ settings, ...options }: TokenVaultOptions): TokenVaultConnection {
  if (settings === undefined) return openConnection(settingsFromEnvironment(process.env), options);
  try {
    return openConnection(settings, options);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new SettingsError(error.problems.map(namedInCode));
  }
}
