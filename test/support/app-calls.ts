import { expect } from 'vitest';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  GetUserRequest,
  RevokeUserRequest,
  type User,
} from '../../src/client/messages.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import type { MintOptions } from '../../src/dev/google/stand-in.ts';
import type { Reason } from '../../src/domain/reasons.ts';
import type { Alias, AppWorld } from './app-world.ts';

export const DRIVE = 'https://www.googleapis.com/auth/drive.appdata';
const SIGN_IN = ['openid', 'email', 'profile', DRIVE];
const TIMEOUT_MS = 20_000;

export interface CallTerms {
  /** Default `default`. */
  readonly alias?: Alias;
  readonly timeoutMs?: number;
  /** Default: the Drive app folder. */
  readonly scopes?: readonly string[];
}

/** A name for the user of a code. */
export interface NameTerms extends CallTerms {
  readonly externalUserId?: string;
  readonly rebindExternalUser?: boolean;
}

/** Calls to one replica over its socket, in the few words that the stories need. */
export class AppCalls {
  readonly #world: AppWorld;
  readonly #operator: TokenVaultConnection;

  constructor(world: AppWorld, port: number) {
    this.#world = world;
    this.#operator = world.connectAs('operator', port);
  }

  /** A code as a mobile app gets it when the user has signed in. */
  mintCode(sub: string, options: Partial<MintOptions> & { alias?: Alias } = {}): Promise<string> {
    const { alias = 'default', ...rest } = options;
    const { clientId } = this.#world.clients[alias];
    return this.#world.google.mintCode({
      clientId,
      sub,
      scopes: SIGN_IN,
      source: 'mobile',
      ...rest,
    });
  }

  exchange(code: string, { alias = 'default', timeoutMs = TIMEOUT_MS, ...name }: NameTerms = {}) {
    const { externalUserId, rebindExternalUser } = name;
    const request = ExchangeCodeRequest.fromPartial({
      code,
      oauthClient: alias,
      codeSource: CodeSource.CODE_SOURCE_MOBILE,
      externalUserId,
      rebindExternalUser,
    });
    return this.#operator.exchangeCode(request, { timeoutMs });
  }

  /** Mints a code and exchanges it: the user is connected. */
  async signIn(sub: string, terms: CallTerms = {}): Promise<void> {
    const { userId } = await this.exchange(await this.mintCode(sub, terms), terms);
    expect(userId).toBe(sub);
  }

  getToken(userId: string, { alias = 'default', scopes, timeoutMs }: CallTerms = {}) {
    const wanted = { userId, oauthClient: alias, scopes: [...(scopes ?? [DRIVE])] };
    const request = GetAccessTokenRequest.fromPartial(wanted);
    return this.#operator.getAccessToken(request, { timeoutMs: timeoutMs ?? TIMEOUT_MS });
  }

  revoke(userId: string, { timeoutMs = TIMEOUT_MS }: CallTerms = {}) {
    const request = RevokeUserRequest.fromPartial({ userId, reason: 'a test' });
    return this.#operator.revokeUser(request, { timeoutMs });
  }

  getUser(userId: string): Promise<User> {
    return this.#view({ userId });
  }

  /** The user whom callers know by this name. */
  lookUp(externalUserId: string): Promise<User> {
    return this.#view({ externalUserId });
  }

  async #view(asked: Partial<GetUserRequest>): Promise<User> {
    const { user } = await this.#operator.getUser(GetUserRequest.fromPartial(asked), {
      timeoutMs: TIMEOUT_MS,
    });
    if (user === undefined) throw new Error('GetUser said nothing.');
    return user;
  }

  close(): void {
    this.#operator.close();
  }
}

/** How a call that must fail did; anything but a failure of the call fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<TokenVaultError> {
  const ended = await call.then(
    () => new Error('The call succeeded.'),
    (error: unknown) => error,
  );
  if (!(ended instanceof TokenVaultError)) throw ended;
  return ended;
}

/** The reason that a call ends with, or OK. */
export async function endOf(call: Promise<unknown>): Promise<Reason | 'OK' | string> {
  return call.then(
    () => 'OK',
    (error: unknown) => {
      if (!(error instanceof TokenVaultError)) throw error;
      return error.reason ?? error.code;
    },
  );
}
