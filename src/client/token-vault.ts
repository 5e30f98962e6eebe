import type { AuthClient, GoogleAuth } from 'google-auth-library';
import { systemClock } from '../observability/system-clock.ts';
import { systemRandom } from '../observability/system-random.ts';
import type { AccessToken } from './access-token.ts';
import { type AccessTokensOptions, accessTokens } from './access-tokens.ts';
import type { UserToken } from './asked-batch.ts';
import type { CallOptions, TokenVaultConnection } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';
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
import type { TokenRequest } from './token-request.ts';
import { TokenVaultError } from './token-vault-error.ts';

const TIMEOUT_MS = 10_000;
const CACHED_TOKENS = 10_000;
const RECHECK_MS = 5 * 60_000;

export interface TokenVaultOptions extends OpenOptions {
  /** Where TokenVault is, and who calls. Default: what the variables `TOKENVAULT_*` say. */
  readonly settings?: ConnectionSettings;
  /** In place of settings, such as a stand-in of TokenVault in a unit test. */
  readonly connection?: TokenVaultConnection;
  /** How long a call may take, its retries included; at most 60 000. Default 10 000. */
  readonly timeoutMs?: number;
  /** Access tokens that are held in memory at most, less than 1 KB each; 0 for none. Default 10 000. */
  readonly cachedTokens?: number;
  /**
   * A held token that is used is asked for again after this, in the background, or with a wait where
   * twice as long has passed. So a user who was revoked elsewhere is refused here after at most about
   * twice as long, unless TokenVault cannot be reached. Default 300 000.
   */
  readonly recheckMs?: number;
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
  readonly #connection: TokenVaultConnection;
  readonly #timeoutMs: number;
  readonly #tokens: LocalTokens;
  readonly #googleAuths: GoogleAuths;

  /** @throws SettingsError naming all that is missing or wrong. Nothing is dialled yet. */
  constructor(options: TokenVaultOptions = {}) {
    const { timeoutMs, cachedTokens, recheckMs } = tuning(options);
    this.#connection = options.connection ?? opened(options);
    this.#timeoutMs = timeoutMs;
    this.#tokens = new LocalTokens({
      most: cachedTokens,
      recheckMs,
      call: (request) => this.#connection.getAccessToken(request, { timeoutMs }),
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

  /** A token for calls of your own. From memory where it can be, in which case nothing is sent. */
  getAccessToken(request: TokenRequest): Promise<AccessToken> {
    return this.#tokens.get(request);
  }

  /**
   * Tokens of any number of users, one by one in the order of `userIds`, which are taken as results are
   * consumed. For work in the background on many users: each costs a small part of a single call. They
   * are not held in memory. A user without a token has an `error`; what may pass was repeated already.
   * Throws TokenVaultError where no user could fare better.
   */
  accessTokens(
    userIds: Iterable<string> | AsyncIterable<string>,
    options: AccessTokensOptions,
  ): AsyncGenerator<UserToken, void, undefined> {
    const deps = { connection: this.#connection, clock: systemClock };
    return accessTokens(deps, userIds, options);
  }

  /** What is stored about a user; no token. */
  async getUser(request: UserName, terms: CallTerms = {}): Promise<User> {
    const whole = GetUserRequest.fromPartial(request);
    const { user } = await this.#connection.getUser(whole, this.#options(terms));
    if (user === undefined) throw new TokenVaultError({ code: 'INTERNAL' });
    return user;
  }

  /** Redeems the one-time code that an app got from Google. Repeat it as it is, or not at all. */
  exchangeCode(
    request: Partial<ExchangeCodeRequest> & Pick<ExchangeCodeRequest, 'code'>,
    terms: CallTerms = {},
  ): Promise<ExchangeCodeResponse> {
    const whole = ExchangeCodeRequest.fromPartial(request);
    return this.#connection.exchangeCode(whole, this.#options(terms));
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
      return await this.#connection.revokeUser(whole, this.#options(terms));
    } finally {
      this.#tokens.forgetUser(request.userId);
    }
  }

  /** Calls under way end well, later ones with CANCELLED. Tokens are forgotten. */
  close(): void {
    this.#connection.close();
    this.#tokens.forgetAll();
  }

  #options(terms: CallTerms): CallOptions {
    return { ...terms, timeoutMs: terms.timeoutMs ?? this.#timeoutMs };
  }
}

/** @throws SettingsError */
function tuning(options: TokenVaultOptions) {
  const { timeoutMs = TIMEOUT_MS, cachedTokens = CACHED_TOKENS, recheckMs = RECHECK_MS } = options;
  const numbers = { timeoutMs, cachedTokens, recheckMs };
  const problems = Object.entries(numbers)
    .filter(([, value]) => !(Number.isFinite(value) && value >= 0))
    .map(([name]) => `${name} must be a number from 0 on.`);
  if (problems.length > 0) throw new SettingsError(problems);
  return numbers;
}

function opened({ settings, ...options }: TokenVaultOptions): TokenVaultConnection {
  return openConnection(settings ?? settingsFromEnvironment(process.env), options);
}
