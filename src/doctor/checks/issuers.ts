import { Alerts } from '../../domain/alerts.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LogFields, Logger } from '../../domain/logger.ts';
import { NO_METRICS } from '../../domain/metrics.ts';
import type { TokenIssuer } from '../../domain/token-issuer.ts';
import { IssuerKeys } from '../../jwt/issuer-keys.ts';
import type { Check } from '../check.ts';
import { error, type Finding, type FindingId, ok } from '../finding.ts';

/** How findings of one kind of tokens read. */
interface Told {
  readonly good: FindingId;
  readonly bad: FindingId;
  /** Who shows the tokens. */
  readonly whose: string;
  readonly remedy: string;
}

const CALLERS: Told = {
  good: 'callers.good',
  bad: 'callers.issuer_keys',
  whose: 'callers',
  remedy:
    'Look at its `jwks_uri`, `ca_file` and `keys_token_file` in `listen_jwt.issuers`, and at the network to it.',
};

const USERS: Told = {
  good: 'gateway.login_keys',
  bad: 'gateway.login_keys_missing',
  whose: 'users of the gateway',
  remedy:
    'Look at `jwks_url` and `ca_file` in `gateway.login_jwt`, and at the network to it; or name a `jwks_file`.',
};

/** Whoever issues callers' tokens: that the keys to check them with can be fetched. */
export const issuersCheck: Check = {
  area: 'callers',
  async run({ config, clock }) {
    const issuers = config.sections.listen_jwt?.issuers ?? [];
    return Promise.all(issuers.map((issuer) => issuerFinding(issuer, clock, CALLERS)));
  },
};

/** The same of the login whose tokens a gateway takes, from where the doctor runs. */
export const loginIssuerCheck: Check = {
  area: 'gateway',
  async run({ gateway, clock }) {
    const login = gateway?.section.login;
    if (login === undefined || login.jwks !== undefined) return [];
    return [await issuerFinding(login.issuer, clock, USERS)];
  },
};

async function issuerFinding(
  issuer: TokenIssuer,
  clock: Clock,
  { good, bad, whose, remedy }: Told,
): Promise<Finding> {
  const said = new LastError();
  const alerts = new Alerts(said, NO_METRICS);
  const keys = new IssuerKeys(issuer, { clock, logger: said, metrics: NO_METRICS, alerts });
  const about = issuer.issuer;
  try {
    if (await keys.ready()) return ok(good, `The keys of ${about} can be had.`, about);
    return error({
      id: bad,
      about,
      text: `The keys of ${about}, whose tokens ${whose} show, cannot be had: ${said.detail}.`,
      remedy,
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
