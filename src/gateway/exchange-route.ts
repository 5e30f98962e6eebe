import type { FastifyRequest } from 'fastify';
import type { TokenVaultConnection } from '../client/connect.ts';
import { CodeSource, ExchangeCodeRequest, type Profile } from '../client/messages.ts';
import type { LoggedIn } from './app-login.ts';
import { type CodeBody, parseCodeBody } from './code-body.ts';
import { EXCHANGE_TIMEOUT_MS } from './limits.ts';
import { Refusal } from './refusal.ts';

/** What the app is told of a code that was exchanged. No token is in it. */
export interface CodeAnswer {
  /** Google's `sub`. */
  readonly userId: string;
  /** What Google said of the user; what it did not say is absent. */
  readonly profile: Partial<Profile>;
  /** In Google's long form. The user may have granted fewer than were asked for. */
  readonly grantedScopes: readonly string[];
}

/**
 * Handles `POST /v1/google/code`. The call to TokenVault does not end when the app goes away: a code
 * can be spent once only, and the app collects the outcome with the same request.
 */
export function exchangeRoute(
  connection: Pick<TokenVaultConnection, 'exchangeCode'>,
  oauthClient: string | undefined,
) {
  return async (request: FastifyRequest): Promise<CodeAnswer> => {
    if (!Buffer.isBuffer(request.body)) throw new Refusal('REQUEST_MALFORMED');
    const { login } = request;
    const body = parseCodeBody(request.body, login !== undefined);
    const asked = { ...exchangeRequest(body, login), oauthClient: oauthClient ?? '' };
    const response = await connection.exchangeCode(asked, {
      timeoutMs: EXCHANGE_TIMEOUT_MS,
      requestId: request.id,
      traceparent: request.span?.traceparent,
    });
    return {
      userId: response.userId,
      profile: withoutEmpty(response.profile),
      grantedScopes: response.grantedScopes,
    };
  };
}

/** Whose code it is says the login alone. */
function exchangeRequest(body: CodeBody, login: LoggedIn | undefined): ExchangeCodeRequest {
  const { codeSource = 'UNSPECIFIED', replaceAccount: rebindExternalUser, ...texts } = body;
  return ExchangeCodeRequest.fromPartial({
    ...texts,
    ...login,
    rebindExternalUser,
    codeSource: CodeSource[`CODE_SOURCE_${codeSource}`],
  });
}

/** Proto3 has no absent strings; JSON has, and an absent name is not an empty one. */
function withoutEmpty(profile: Profile | undefined): Partial<Profile> {
  const { email, emailVerified, ...rest } = profile ?? {};
  const texts = Object.entries(rest).filter(([, text]) => text !== '');
  const address = email === undefined || email === '' ? {} : { email, emailVerified };
  return { ...address, ...Object.fromEntries(texts) };
}
