import { Alerts } from '../../src/domain/alerts.ts';
import type { CallContext } from '../../src/domain/caller.ts';
import { Failure } from '../../src/domain/failure.ts';
import { loggedByPathKey } from '../../src/domain/logged-users.ts';
import type { Reason } from '../../src/domain/reasons.ts';
import type { RevocationSettings } from '../../src/domain/revocation-store.ts';
import { Secret } from '../../src/domain/secret.ts';
import { createTokenVault, type Replica } from '../../src/service/create-token-vault.ts';
import { DEFAULT_LIMITS, type ServiceLimits } from '../../src/service/limits.ts';
import type {
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  TokenVault,
} from '../../src/service/token-vault.ts';
import { FakeGoogle } from './fakes/fake-google.ts';
import { FakeVault } from './fakes/fake-stores.ts';
import type { FakeCode } from './fakes/google-project.ts';
import { ManualClock } from './manual-clock.ts';
import { RecordingLogger } from './recording/logger.ts';
import { RecordingMetrics } from './recording/metrics.ts';
import { ALL_RIGHTS } from './rights.ts';

export const DRIVE = 'https://www.googleapis.com/auth/drive.appdata';
export const GMAIL = 'https://www.googleapis.com/auth/gmail.readonly';
export const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';
export const CLIENT_ID = 'web.apps.example';
export const ALICE = 'sub-of-alice';

/** One Google, one Vault, one clock, and as many replicas as a test starts. */
export class World {
  readonly clock = new ManualClock();
  readonly google = new FakeGoogle(this.clock);
  readonly vault: FakeVault;
  readonly logger = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  #ids = 0;

  constructor(settings: Partial<RevocationSettings> = {}) {
    this.vault = new FakeVault(this.clock, settings);
    this.google.addClient({ clientId: CLIENT_ID, clientSecrets: ['the-newest-secret'] });
    this.vault.setClient('default', {
      clientId: CLIENT_ID,
      secrets: [new Secret('the-newest-secret')],
    });
  }

  /** A replica that serves. */
  async startReplica(limits: Partial<ServiceLimits> = {}): Promise<Replica> {
    const replica = createTokenVault({
      clock: this.clock,
      random: { id: () => this.#nextId(), unit: () => 0.5 },
      logger: this.logger,
      metrics: this.metrics,
      alerts: new Alerts(this.logger, this.metrics),
      users: this.vault.users,
      links: this.vault.links,
      exchanges: this.vault.exchanges,
      revocations: this.vault.revocations,
      oauthClients: this.vault.clients,
      provider: this.google,
      idTokens: this.google,
      keyedHash: this.vault.keyedHash,
      loggedUsers: loggedByPathKey(this.vault.keyedHash),
      settings: this.vault.settings,
      limits: { ...DEFAULT_LIMITS, ...limits },
    });
    await this.clock.until(replica.start());
    return replica;
  }

  /** What a call of an app or service knows: who asks, and until when it waits. */
  context(callerId = 'spiffe://test.example/caller', waitsMs = 10_000): CallContext {
    return {
      caller: { id: callerId, proof: 'spiffe' },
      rights: ALL_RIGHTS,
      requestId: 'request-1',
      deadline: this.clock.monotonic() + waitsMs,
    };
  }

  mintCode(code: Partial<FakeCode> = {}): Secret {
    const scopes = ['openid', EMAIL, DRIVE];
    return this.google.mintCode({ sub: ALICE, clientId: CLIENT_ID, scopes, ...code });
  }

  /** Signs Alice in and connects her. */
  async connect(tokenVault: TokenVault, code: Partial<FakeCode> = {}): Promise<void> {
    await this.settled(tokenVault.exchangeCode(exchangeOf(this.mintCode(code)), this.context()));
  }

  /** Lets virtual time pass until `work` has settled. */
  settled<T>(work: T | Promise<T>): Promise<T> {
    return this.clock.until(Promise.resolve(work));
  }

  /** The reason that `work` fails with, or `OK`. */
  async reasonOf(work: unknown): Promise<Reason | 'OK'> {
    try {
      await this.settled(work);
      return 'OK';
    } catch (error) {
      if (error instanceof Failure) return error.reason;
      throw error;
    }
  }

  #nextId(): string {
    this.#ids += 1;
    return this.#ids.toString(16).padStart(32, '0');
  }
}

export function exchangeOf(
  code: Secret,
  fields: Partial<ExchangeCodeRequest> = {},
): ExchangeCodeRequest {
  return { code, oauthClient: 'default', redirectUri: '', ...fields };
}

export function tokenOf(fields: Partial<GetAccessTokenRequest> = {}): GetAccessTokenRequest {
  return { userId: ALICE, oauthClient: 'default', scopes: [DRIVE], minTtlMs: 60_000, ...fields };
}
