import { Alerts } from '../../../../src/domain/alerts.ts';
import { NO_METRICS } from '../../../../src/domain/metrics.ts';
import type { Random } from '../../../../src/domain/random.ts';
import { Secret } from '../../../../src/domain/secret.ts';
import { AccessLosses } from '../../../../src/vault/access-losses.ts';
import { LoginFault } from '../../../../src/vault/login/login-fault.ts';
import type { AskVault, Granted, LoginMethod } from '../../../../src/vault/login/login-method.ts';
import { VaultLogin } from '../../../../src/vault/login/vault-login.ts';
import { VaultClient, type VaultReply } from '../../../../src/vault/vault-client.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { RecordingLogger } from '../../../support/recording/logger.ts';
import { RecordingMetrics } from '../../../support/recording/metrics.ts';

export const REQUEST_TIMEOUT_MS = 2_000;

/** One request to Vault: when, as whom, what. */
export interface Asked {
  readonly at: number;
  readonly token: string | undefined;
  readonly path: string;
}

export interface LoginFixtureOptions {
  readonly makesTokens?: boolean;
  readonly locksOut?: boolean;
  /** From 0 to 1, for all jitter. */
  readonly unit?: number;
}

/** The loop alone, on a clock that stands still, before a Vault that answers as the test says. */
export class LoginFixture {
  readonly clock = new ManualClock();
  readonly logger = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  readonly asked: Asked[] = [];
  /** When logins were tried. */
  readonly logins: number[] = [];
  readonly losses: AccessLosses;
  readonly login: VaultLogin;
  /** What the next logins give: a lease in seconds, or a fault; the last one stays. */
  gives: (Partial<Granted> | LoginFault)[] = [{ leaseMs: 60_000, renewable: true }];
  /** How Vault answers a renewal. */
  renewal: () => VaultReply = () => renewed(60);
  newCredentials = false;
  /** What a login that Vault has answered waits for. */
  beforeGiving: () => Promise<void> = async () => undefined;
  readonly #dead = new Set<string | undefined>();

  constructor({ makesTokens = true, locksOut = false, unit = 0.5 }: LoginFixtureOptions = {}) {
    const { clock, logger, metrics } = this;
    const random: Random = { id: () => 'id', unit: () => unit };
    const alerts = new Alerts(logger, metrics);
    this.losses = new AccessLosses({ clock, logger, alerts });
    const methodOf = (): LoginMethod => ({
      name: 'jwt',
      makesTokens,
      locksOut,
      login: () => this.#give(),
      hasNewCredentials: () => this.newCredentials,
    });
    const deps = { clock, random, logger, metrics, losses: this.losses, ask: this.#ask };
    this.login = new VaultLogin(
      { method: 'token', token: new Secret('unused') },
      { ...deps, methodOf, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    );
  }

  get token(): string | undefined {
    return this.login.token?.reveal();
  }

  /** When requests with this end of their path were sent. */
  timesOf(end: string): readonly number[] {
    return this.asked.filter(({ path }) => path.endsWith(end)).map(({ at }) => at);
  }

  /** Somebody revokes the token, and a request meets it. */
  tokenDies(): Promise<LoginFault | undefined> {
    this.#dead.add(this.token);
    return this.login.replace(this.login.token);
  }

  async #give(): Promise<Granted> {
    this.logins.push(this.clock.monotonic());
    const [next] = this.gives;
    if (this.gives.length > 1) this.gives.shift();
    if (next instanceof LoginFault) throw next;
    const token = new Secret(`t${this.logins.length}`);
    await this.beforeGiving();
    return { token, leaseMs: 60_000, renewable: true, ...next };
  }

  readonly #ask: AskVault = async (token, act) => {
    const send = async ({ path }: { readonly path: string }) => {
      this.asked.push({ at: this.clock.monotonic(), token: token?.reveal(), path });
      if (this.#dead.has(token?.reveal())) return { status: 403, body: undefined };
      if (path.endsWith('/renew-self')) return this.renewal();
      return { status: path.endsWith('/lookup-self') ? 403 : 204, body: undefined };
    };
    const wire = { send, close: async () => undefined };
    const options = { address: 'http://vault', token: () => token, timeoutMs: 1 };
    return act(new VaultClient({ ...options, metrics: NO_METRICS, clock: this.clock }, wire));
  };
}

/** Vault's answer to a renewal: a lease of so many seconds. */
export function renewed(lease: number, renewable = true): VaultReply {
  const auth = { client_token: 'not read', lease_duration: lease, renewable };
  return { status: 200, body: { auth } };
}

export const refused = (kind: LoginFault['kind'] = 'refused') => new LoginFault(kind, 'as it says');
