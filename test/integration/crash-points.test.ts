import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ProviderRevocation, UserState } from '../../src/client/messages.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { deathPoints, MortalApp } from '../support/mortal-app.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const SHORTLY = { timeoutMs: 2_500 };

const EXCHANGE = [
  'POST /data/exchanges',
  'POST /token',
  'POST /data/users',
  'POST /data/exchanges',
];
const REFRESH = ['POST /token', 'POST /data/users'];
const REVOKE = [
  'POST /data/revocations',
  'POST /data/users',
  'POST /data/revocation-log',
  'POST /revoke',
  'POST /data/revocation-log',
  'POST /data/users',
  'POST /destroy/users',
  'DELETE /metadata/revocations',
];

interface Attempt {
  readonly sub: string;
  readonly app: MortalApp;
}

/** A replica dies at every point between two changes that it makes; a new one comes. */
describe('death between any two steps', { timeout: 180_000 }, () => {
  let world: AppWorld;
  let mortals: MortalApp[] = [];
  let survivor: RunningApp | undefined;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    await Promise.all(mortals.map((mortal) => mortal.stop()));
    await survivor?.stop();
    await world?.close();
  });

  /** One after the other, so that each replica makes the same steps. */
  async function attempts(
    flow: string,
    steps: readonly string[],
    call: (app: RunningApp, sub: string) => Promise<string>,
  ): Promise<readonly Attempt[]> {
    const points = deathPoints(steps.length);
    const apps = await Promise.all(points.map(() => MortalApp.start(world)));
    mortals = [...mortals, ...apps];
    const done: Attempt[] = [];
    for (const [index, point] of points.entries()) {
      const app = apps[index];
      if (app === undefined) continue;
      const sub = `${flow}-${point.step}-${point.when}`;
      const end = await app.run(point, (running) => call(running, sub));
      // These are all the points that there are: the last replica lives to the end of the flow.
      const made = point.when === 'after' ? point.step : point.step - 1;
      expect(app.effects).toEqual(steps.slice(0, made));
      expect(end).toBe(point.step > steps.length ? 'OK' : 'died');
      done.push({ sub, app });
    }
    return done;
  }

  it('of an exchange: the code goes out once at most, and no stored user is lost', async () => {
    const codes = new Map<string, string>();
    const tried = await attempts('exchange', EXCHANGE, async (app, sub) => {
      const code = await app.calls.mintCode(sub);
      codes.set(sub, code);
      return endOf(app.calls.exchange(code));
    });
    const { calls } = await comeBack();

    const check = async ({ sub, app: { effects } }: Attempt) => {
      const code = codes.get(sub) ?? '';
      const [written, sent, stored, recorded] = EXCHANGE.map((_, step) => effects.length > step);
      if (written && !recorded) {
        // Nobody is at it any more, which the first 30 s do not show.
        const repeated = await endOf(calls.exchange(code, SHORTLY));
        expect(['EXCHANGE_IN_PROGRESS', 'EXCHANGE_OUTCOME_UNKNOWN'], sub).toContain(repeated);
      } else {
        expect(await endOf(calls.exchange(code)), sub).toBe('OK');
      }
      const credential = { credential_sha256: createHash('sha256').update(code).digest('hex') };
      const times = sent || !written ? 1 : 0;
      expect(world.google.requests.count('/token', credential), sub).toBe(times);
      const connected = stored || !written;
      expect(await endOf(calls.getToken(sub)), sub).toBe(connected ? 'OK' : 'USER_NOT_CONNECTED');
      // Whatever became of it, a new code is the way on.
      const newCode = await calls.mintCode(sub, { prompt: 'consent' });
      expect(await endOf(calls.exchange(newCode)), sub).toBe('OK');
      expect(await endOf(calls.getToken(sub)), sub).toBe('OK');
    };
    await Promise.all(tried.map(check));
  });

  it('of a refresh that rotates the token: what was stored works, and nothing else is handed out', async () => {
    const signedIn = (await comeBack()).calls;
    world.google.rotateRefreshTokens(true);
    const tried = await attempts('refresh', REFRESH, async (app, sub) => {
      await signedIn.signIn(sub);
      return endOf(app.calls.getToken(sub));
    });
    world.google.rotateRefreshTokens(false);
    const { calls } = await comeBack();
    for (const { sub, app } of tried) {
      // Google has forgotten the old token and nobody else has the new one: only then.
      const torn = app.effects.length === 1;
      const expected = torn ? 'USER_RECONSENT_REQUIRED' : 'OK';
      expect(await endOf(calls.getToken(sub, { scopes: ['openid'] })), sub).toBe(expected);
    }
  });

  it('of a revocation: what was begun is finished, and refused from the first mark on', async () => {
    const tried = await attempts('revoke', REVOKE, async (app, sub) => {
      await (await comeBack()).calls.signIn(sub);
      return endOf(app.calls.revoke(sub));
    });
    await survivor?.stop();
    survivor = undefined;
    const { calls } = await comeBack();

    const check = async ({ sub, app }: Attempt) => {
      const { effects } = app;
      if (effects.includes('POST /data/users')) {
        expect(await endOf(calls.getToken(sub)), sub).toBe('USER_REVOKED');
      }
      if (effects.length === 0) {
        expect(await endOf(calls.getToken(sub)), sub).toBe('OK');
        return;
      }
      const user = await vi.waitUntil(
        async () => {
          const now = await calls.getUser(sub);
          return now.state === UserState.USER_STATE_REVOKED ? now : undefined;
        },
        { timeout: 60_000, interval: 100 },
      );
      expect(user.providerRevocation, sub).toBe(ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED);
      expect(await endOf(calls.getToken(sub)), sub).toBe('USER_REVOKED');
    };
    await Promise.all(tried.map(check));
    const markers = `${world.mounts.mount}/metadata/revocations`;
    await vi.waitUntil(async () => (await world.root.list(markers)).status === 404, 60_000);
  });

  /** The replica that knows nothing but what is in Vault. */
  async function comeBack(): Promise<RunningApp> {
    survivor ??= await startRunningApp(world);
    return survivor;
  }
});
