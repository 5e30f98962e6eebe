import { createHash } from 'node:crypto';
import { GetAccessTokenRequest } from './messages.ts';
import { minTtlOf } from './min-ttl.ts';
import type { TokenSubject } from './token-request.ts';

/** What TokenVault is asked, and where its answer is held. */
export interface TokenQuestion {
  /** `tokenKeyText` of the subject. */
  readonly text: string;
  readonly subject: TokenSubject;
  readonly minTtlMs: number;
  /** Google refused this token. */
  readonly rejectedToken?: string | undefined;
}

/** Questions of one text are the same, but for the life that they ask for. */
export interface AskedQuestion {
  readonly text: string;
  readonly request: GetAccessTokenRequest;
}

/** @throws TokenVaultError where the life that is asked for is none */
export function asked({ text, subject, minTtlMs, rejectedToken }: TokenQuestion): AskedQuestion {
  const hash = rejectedToken === undefined ? undefined : sha256(rejectedToken);
  const request = GetAccessTokenRequest.fromPartial({
    userId: subject.userId,
    oauthClient: subject.oauthClient ?? '',
    scopes: [...subject.scopes],
    minTtl: minTtlOf(minTtlMs),
    ...(hash && { rejectedTokenSha256: hash }),
  });
  return { text: hash === undefined ? text : `${text}\n${hash.toString('base64')}`, request };
}

function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
