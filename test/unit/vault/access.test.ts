import { beforeEach, describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { NO_METRICS } from '../../../src/domain/metrics.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { Access } from '../../../src/vault/access.ts';
import { AccessLosses } from '../../../src/vault/access-losses.ts';
import { LoginFault } from '../../../src/vault/login/login-fault.ts';
import { VaultClient, type VaultReply } from '../../../src/vault/vault-client.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const LACKS = 'The token lacks read on m/data/users/*.';

/** `Access` alone, before a Vault that answers look-ups as the test says. */
describe('Access', () => {
  let clock: ManualClock;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let losses: AccessLosses;
  let access: Access;
  let client: VaultClient;
  let token: Secret;
  let lookUp: () => VaultReply;
  let lookUps: number;
  let replaced: LoginFault | undefined;
  let checked: readonly string[] | undefined;
  let checks: number;

  beforeEach(() => {
    clock = new ManualClock();
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
    losses = new AccessLosses({ clock, logger, alerts: new Alerts(logger, metrics) });
    token = new Secret('first');
    lookUp = () => ({ status: 403, body: undefined });
    lookUps = 0;
    replaced = new LoginFault('refused', 'no');
    checked = [LACKS];
    checks = 0;
    const tokens = {
      get token() {
        return token;
      },
      tokenLeftMs: Infinity,
      start: async () => undefined,
      replace: async () => replaced,
      retryNow: () => undefined,
      take: () => undefined,
      stop: async () => undefined,
    };
    const check = async () => {
      checks += 1;
      return checked;
    };
    access = new Access({ clock, logger, losses, tokens, check });
    const send = async () => {
      lookUps += 1;
      return lookUp();
    };
    client = new VaultClient(
      { address: 'http://v', token: () => token, timeoutMs: 1, metrics: NO_METRICS, clock },
      { send, close: async () => undefined },
    );
  });

  const denied = () => access.denied(client, { token: access.token });
  const causes = () => losses.all.map(({ cause }) => cause);

  it('asks and pages once for requests that are refused together', async () => {
    const failures = await Promise.all(Array.from({ length: 20 }, denied));
    expect(new Set(failures.map((failure) => Object(failure).reason))).toEqual(
      new Set(['STORE_ACCESS_LOST']),
    );
    expect(lookUps).toBe(1);
    expect(logger.lines).toEqual([
      { level: 'error', event: 'store_access_lost', problem: 'the token is dead' },
    ]);
    expect(metrics.labelsOf('tokenvault_alerts_total')).toEqual([{ alert: 'store_access_lost' }]);
  });

  it('asks again for a later one, because the token may be another by then', async () => {
    await denied();
    await denied();
    expect(lookUps).toBe(2);
  });

  it('lets a request be sent again when its token was dead and there is another', async () => {
    replaced = undefined;
    expect(await denied()).toBe('again');
    expect(losses.all).toEqual([]);
  });

  it('asks nobody when another token is in use since the request began', async () => {
    const before = access.token;
    token = new Secret('second');
    expect(await access.denied(client, { token: before })).toBe('again');
    expect(lookUps).toBe(0);
  });

  it('takes no answer for its own that another token got', async () => {
    lookUp = () => {
      token = new Secret('second');
      return { status: 200, body: undefined };
    };
    expect(await denied()).toBe('again');
    expect(losses.all).toEqual([]);
  });

  it('takes a Vault that cannot log anybody in now for unavailable, not for lost', async () => {
    replaced = new LoginFault('unavailable', 'Vault answers 503.');
    expect(await denied()).toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    expect(losses.all).toEqual([]);
  });

  describe('of a policy that denies', () => {
    beforeEach(async () => {
      lookUp = () => ({ status: 200, body: undefined });
      await denied();
      await clock.advance(0);
    });

    it('names what is missing', () => {
      expect(losses.all).toMatchObject([{ cause: 'policy_denies', detail: LACKS }]);
    });

    it('looks every two seconds until it is there again', async () => {
      await clock.advance(10_000);
      expect(checks).toBe(6);
      checked = undefined;
      await clock.advance(2_000);
      expect(causes()).toEqual(['policy_denies']);
      checked = [];
      await clock.advance(2_000);
      expect(causes()).toEqual([]);
      await clock.advance(60_000);
      expect(checks).toBe(8);
    });

    it('pages once while it lasts, and again when it comes again', async () => {
      const pages = () => logger.lines.filter(({ level }) => level === 'error').length;
      await denied();
      expect(pages()).toBe(1);
      checked = [];
      await clock.advance(2_000);
      await denied();
      expect(pages()).toBe(2);
    });

    it('stops with the service', async () => {
      access.stop();
      await clock.advance(60_000);
      await settle();
      expect(checks).toBe(1);
    });
  });

  it('says of a right that one request alone needs that it is missing, and loses nothing', async () => {
    lookUp = () => ({ status: 200, body: undefined });
    const lists = () => access.denied(client, { token: access.token, needed: 'list on users/*' });
    for (let list = 0; list < 3; list += 1) {
      expect(await lists()).toMatchObject({
        reason: 'STORE_ACCESS_LOST',
        detail: 'the policy lacks list on users/*',
      });
    }
    const line = { level: 'warn', event: 'vault_right_missing' };
    expect(logger.lines).toEqual([{ ...line, problem: 'the policy lacks list on users/*' }]);
    expect([losses.all, checks]).toEqual([[], 0]);
    await clock.advance(60_000);
    await lists();
    expect(logger.lines).toHaveLength(2);
  });

  it('remembers a mount that is missing too', async () => {
    expect(access.misconfigured()).toMatchObject({ reason: 'STORE_ACCESS_LOST' });
    expect(causes()).toEqual(['mount_missing']);
  });
});
