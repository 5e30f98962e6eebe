import { Alerts } from '../../src/domain/alerts.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { Logger } from '../../src/domain/logger.ts';
import type { Metrics } from '../../src/domain/metrics.ts';
import { Secret } from '../../src/domain/secret.ts';
import { Access } from '../../src/vault/access.ts';
import { AccessLosses } from '../../src/vault/access-losses.ts';
import { FixedToken } from '../../src/vault/login/token-source.ts';

export interface FixedAccessDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The real thing for a token that nobody replaces, without a look at what Vault allows. */
export function fixedAccess({ clock, logger, metrics }: FixedAccessDeps): Access {
  return new Access({
    clock,
    logger,
    losses: new AccessLosses({ clock, logger, alerts: new Alerts(logger, metrics) }),
    tokens: new FixedToken(new Secret('s.token')),
    check: async () => undefined,
  });
}
