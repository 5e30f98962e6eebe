import { Alerts } from '../../domain/alerts.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LogFields, Logger } from '../../domain/logger.ts';
import { NO_METRICS } from '../../domain/metrics.ts';
import type { TokenIssuer } from '../../domain/token-issuer.ts';
import { IssuerKeys } from '../../jwt/issuer-keys.ts';
import type { Check } from '../check.ts';
import { error, type Finding, ok } from '../finding.ts';

/** Whoever issues callers' tokens: that the keys to check them with can be fetched. */
export const issuersCheck: Check = {
  area: 'callers',
  async run({ config, clock }) {
    const issuers = config.sections.listen_jwt?.issuers ?? [];
    return Promise.all(issuers.map((issuer) => issuerFinding(issuer, clock)));
  },
};

async function issuerFinding(issuer: TokenIssuer, clock: Clock): Promise<Finding> {
  const said = new LastError();
  const alerts = new Alerts(said, NO_METRICS);
  const keys = new IssuerKeys(issuer, { clock, logger: said, metrics: NO_METRICS, alerts });
  const about = issuer.issuer;
  try {
    if (await keys.ready()) return ok('callers.good', `The keys of ${about} can be had.`, about);
    return error({
      id: 'callers.issuer_keys',
      about,
      text: `The keys of ${about}, whose tokens callers show, cannot be had: ${said.detail}.`,
      remedy:
        'Look at its `jwks_uri`, `ca_file` and `keys_token_file` in `listen_jwt.issuers`, and at the network to it.',
    });
  } finally {
    await keys.close();
  }
}

/** Keeps why the keys could not be had, which the service says as an alert. */
class LastError implements Logger {
  readonly writesDebug = false;
  detail = 'no reason is known';

  debug(): void {
    // Nobody reads it.
  }

  info(): void {
    // Nobody reads it.
  }

  warn(): void {
    // Nobody reads it.
  }

  error(_event: string, { detail }: LogFields = {}): void {
    if (detail !== undefined) this.detail = String(detail);
  }

  with(): Logger {
    return this;
  }
}
