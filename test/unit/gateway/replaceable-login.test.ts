import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { UnprovenChange } from '../../../src/domain/startup-problems.ts';
import type { TokenIssuer } from '../../../src/domain/token-issuer.ts';
import { type LoginOptions, ReplaceableLogin } from '../../../src/gateway/replaceable-login.ts';
import { IssuedTokens } from '../../../src/jwt/issued-tokens.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { drop } from '../../support/scripted-server.ts';
import { makeKey, RunningIssuer, SUBJECT } from '../../support/token-issuer.ts';

interface Options extends LoginOptions {
  readonly issuer: TokenIssuer;
}

const KEY = makeKey('first');
const FAILING = 'tokenvault_issuer_keys_failing';

let issuer: RunningIssuer;
let other: RunningIssuer;
let metrics: RecordingMetrics;
let logger: RecordingLogger;
let opened: string[];
let login: ReplaceableLogin<Options>;

beforeEach(async () => {
  issuer = await RunningIssuer.start(await KEY);
  other = await RunningIssuer.start(await KEY);
  [metrics, logger, opened] = [new RecordingMetrics(), new RecordingLogger(), []];
  login = new ReplaceableLogin<Options>(async (options, why) => {
    opened.push(why);
    const told = why === 'use' ? { logger, metrics } : untold();
    const alerts = new Alerts(told.logger, told.metrics);
    return new IssuedTokens([options.issuer], { clock: systemClock, ...told, alerts });
  });
});

afterEach(async () => {
  await login.close();
  await issuer.close();
  await other.close();
});

const untold = () => ({ logger: new RecordingLogger(), metrics: new RecordingMetrics() });
const good = () => ({ issuer: issuer.options() });
const callerOf = async (token: string) => login.inUse?.tokens.callerOf(new Secret(token));
const replace = async (options: Options | undefined) => (await login.prove(options))();

describe('the login of the apps', () => {
  it('is none where none is configured, and may come and go', async () => {
    await login.start(undefined);
    expect(login.inUse).toBeUndefined();
    await replace(good());
    expect(await callerOf(await issuer.token())).toMatchObject({
      token: { claims: { sub: SUBJECT } },
    });
    await replace(undefined);
    expect(login.inUse).toBeUndefined();
  });

  it('starts without its keys, which may come later', async () => {
    issuer.fault = drop;
    await login.start(good());
    await expect(callerOf(await issuer.token())).rejects.toMatchObject({ reason: 'NOT_READY' });
  });

  it('is replaced by one whose keys are there; those of the last good one stay otherwise', async () => {
    await login.start(good());
    const { inUse } = login;
    other.fault = drop;
    await expect(login.prove({ issuer: other.options() })).rejects.toThrow(UnprovenChange);
    expect(login.inUse).toEqual(inUse);
    expect(await callerOf(await issuer.token())).toBeDefined();
    expect(logger.lines).toEqual([]);
    other.fault = undefined;
    await replace({ issuer: other.options(), expectedUserClaim: 'google_sub' });
    expect(login.inUse?.expectedUserClaim).toBe('google_sub');
    expect(await callerOf(await other.token())).toBeDefined();
  });

  it('keeps its keys where nothing of it has changed', async () => {
    await login.start(good());
    await replace(good());
    expect(opened).toEqual(['use']);
  });

  it('changes nothing by being proven, until that is taken', async () => {
    await login.start(good());
    const { inUse } = login;
    const take = await login.prove({ issuer: other.options() });
    expect(login.inUse).toEqual(inUse);
    take();
    expect(await callerOf(await other.token())).toBeDefined();
  });

  it('lets the checks that wait for keys end well where another replaces it', async () => {
    const release = issuer.hold();
    await login.start(good());
    const waiting = callerOf(await issuer.token());
    await expect.poll(() => issuer.server.requests.length).toBe(1);
    await replace({ issuer: other.options() });
    expect(await callerOf(await other.token())).toBeDefined();
    release();
    expect(await waiting).toMatchObject({ token: { issuer: issuer.issuer } });
    expect(logger.lines).toEqual([]);
  });

  it('says nothing more of the keys that it had, however a look at them ends', async () => {
    let fail = () => undefined as unknown;
    issuer.fault = (...asked) => {
      fail = () => drop(...asked);
    };
    await login.start(good());
    const waiting = callerOf(await issuer.token()).catch((error: unknown) => error);
    await expect.poll(() => issuer.server.requests.length).toBe(1);
    await replace({ issuer: issuer.options({ jwksUri: `${other.issuer}/keys` }) });
    fail();
    await waiting;
    expect(logger.lines).toEqual([]);
    expect(metrics.recorded.filter(({ name, value }) => name === FAILING && value === 1)).toEqual(
      [],
    );
  });

  it('says on whether keys can be had where the issuer stays, and no more where it goes', async () => {
    issuer.fault = drop;
    await login.start(good());
    await expect.poll(() => metrics.labelsOf(FAILING)).toEqual([{ issuer: issuer.issuer }]);
    issuer.fault = undefined;
    await replace({ issuer: issuer.options({ audience: 'another' }) });
    await login.close();
    expect(metrics.removed).toEqual([]);
    expect(metrics.recorded.findLast(({ name }) => name === FAILING)?.value).toBe(0);

    await login.start(undefined);
    issuer.fault = drop;
    await login.start(good());
    await expect(callerOf(await issuer.token())).rejects.toThrow();
    await replace({ issuer: other.options() });
    await expect
      .poll(() => metrics.removed)
      .toEqual([{ name: FAILING, labels: { issuer: issuer.issuer } }]);
  });
});
