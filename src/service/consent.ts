import type { Instant } from '../domain/clock.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { TokenReply } from '../domain/oauth-provider.ts';
import type { Identity } from '../domain/profile.ts';

/** A verified reply of the token endpoint, on its way into the user's record. */
export interface Consent {
  readonly client: OAuthClient;
  readonly tokens: TokenReply;
  readonly identity: Identity;
  /** When Google gave the tokens. */
  readonly answeredAt: Instant;
  /** Just before the code was sent. */
  readonly sentAt: Instant;
  readonly externalUserId?: string;
  /** Log position and view's mark from just before the code was sent. */
  readonly position: number;
  readonly mark: number;
}
