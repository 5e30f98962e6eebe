import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import type { ExchangeStore } from '../domain/exchange-store.ts';
import type { IdTokenVerifier } from '../domain/id-token-verifier.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LinkStore } from '../domain/link-store.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { OAuthClientStore } from '../domain/oauth-client.ts';
import type { OAuthProvider } from '../domain/oauth-provider.ts';
import type { Random } from '../domain/random.ts';
import type { RevocationSettings, RevocationStore } from '../domain/revocation-store.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ServiceLimits } from './limits.ts';

/** Everything that the use cases reach the world through. Each part names the few that it needs. */
export interface ServiceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly links: LinkStore;
  readonly exchanges: ExchangeStore;
  readonly revocations: RevocationStore;
  readonly oauthClients: OAuthClientStore;
  readonly provider: OAuthProvider;
  readonly idTokens: IdTokenVerifier;
  readonly keyedHash: KeyedHash;
  readonly loggedUsers: LoggedUsers;
  readonly settings: RevocationSettings;
  readonly limits: ServiceLimits;
}
