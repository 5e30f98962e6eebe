import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import type { Caller } from '../../../src/domain/caller.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { TokenIssuer } from '../../../src/domain/token-issuer.ts';
import { LONGEST_SUBJECT } from '../../../src/domain/token-subject.ts';
import { CALLS_WAITING, IssuedTokens } from '../../../src/jwt/issued-tokens.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { BAD_TOKENS, CANARY } from '../../support/bad-tokens.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { type Answer, drop, html, json } from '../../support/scripted-server.ts';
import { AUDIENCE, makeKey, RunningIssuer, SUBJECT } from '../../support/token-issuer.ts';

const HOUR_MS = 3_600_000;
const key = makeKey('first');

let issuer: RunningIssuer;
let tokens: IssuedTokens;
let metrics: RecordingMetrics;
let logger: RecordingLogger;
/** On both clocks, for the service alone. */
let elapsedMs: number;

function start(options: Partial<TokenIssuer> = {}): void {
  const clock: Clock = {
    ...systemClock,
    now: () => Date.now() + elapsedMs,
    monotonic: () => elapsedMs,
  };
  const alerts = new Alerts(logger, metrics);
  tokens = new IssuedTokens([issuer.options(options)], { clock, logger, metrics, alerts });
}

beforeEach(async () => {
  issuer = await RunningIssuer.start(await key);
  metrics = new RecordingMetrics();
  logger = new RecordingLogger();
  elapsedMs = 0;
  start();
});

afterEach(async () => {
  await tokens.close();
  await issuer.close();
});

const callerOf = (token: string) => tokens.callerOf(new Secret(token));
/** The caller’s name, or why there is none. */
const outcomeOf = async (token: string) => {
  try {
    return (await callerOf(token)).id;
  } catch (error) {
    return error;
  }
};
const refused = (detail: string) =>
  expect.objectContaining({ reason: 'CALLER_CREDENTIAL_INVALID', detail });
const outcomes = () =>
  metrics.labelsOf('tokenvault_caller_credentials_total').map(({ outcome }) => outcome);

describe('a good token', () => {
  it('may have a subject as long as the policy can name', async () => {
    const sub = 'x'.repeat(LONGEST_SUBJECT);
    const token = await issuer.token({ claims: { sub } });
    expect(await outcomeOf(token)).toBe(`${issuer.issuer} ${sub}`);
  });

  it('names its caller by issuer and subject, with its claims', async () => {
    const caller = await callerOf(await issuer.token({ claims: { team: 'drive' } }));
    expect(caller).toEqual({
      id: `${issuer.issuer} ${SUBJECT}`,
      proof: 'jwt',
      token: {
        issuer: issuer.issuer,
        claims: expect.objectContaining({ sub: SUBJECT, aud: AUDIENCE, team: 'drive' }),
      },
    });
    expect(outcomes()).toEqual(['jwt']);
    expect(logger.lines).toEqual([]);
  });

  it.each([
    ['with its audience in a list', { claims: { aud: [AUDIENCE] } }],
    ['with its type in full', { header: { typ: 'application/jwt' } }],
    ['with names within names', { claims: { kubernetes: { sub: 1, a: [{ sub: 2 }] }, a: {} } }],
  ])('may come %s', async (_what, odd) => {
    expect(await outcomeOf(await issuer.token(odd))).toBe(`${issuer.issuer} ${SUBJECT}`);
  });

  it('may come from a clock that is half a minute ahead', async () => {
    const iat = Math.floor(Date.now() / 1_000) + 25;
    const token = await issuer.token({ claims: { iat, nbf: iat, exp: iat + 600 } });
    expect(await outcomeOf(token)).toBe(`${issuer.issuer} ${SUBJECT}`);
  });

  it('may have no type where the issuer sends none', async () => {
    start({ types: ['none'] });
    const token = await issuer.token({ header: { typ: undefined } });
    expect(await outcomeOf(token)).toBe(`${issuer.issuer} ${SUBJECT}`);
    expect(await outcomeOf(await issuer.token())).toEqual(refused('token_type'));
  });

  it('is of its own issuer alone, where there are several', async () => {
    const other = await RunningIssuer.start();
    const deps = { clock: systemClock, logger, metrics, alerts: new Alerts(logger, metrics) };
    tokens = new IssuedTokens([issuer.options(), other.options({ audience: 'b' })], deps);
    expect(await outcomeOf(await issuer.token())).toBe(`${issuer.issuer} ${SUBJECT}`);
    const stolen = await other.token({ claims: { iss: issuer.issuer } });
    expect(await outcomeOf(stolen)).toEqual(refused('token_signature'));
    expect(await outcomeOf(await other.token())).toEqual(refused('token_audience'));
    await other.close();
  });
});

describe('a token', () => {
  it.each(BAD_TOKENS)('is refused: $row', async ({ make, fault }) => {
    const token = await make(issuer);
    expect(await outcomeOf(token)).toEqual(refused(fault));
    // Nothing of it is remembered.
    expect(await outcomeOf(token)).toEqual(refused(fault));
    expect(outcomes()).toEqual([fault, fault]);
    expect(JSON.stringify(logger.lines)).not.toContain(CANARY);
    expect(issuer.server.requests.map(({ path }) => path)).not.toContain('/evil');
  });

  it('is refused for an algorithm that is not configured', async () => {
    start({ algorithms: ['ES256'] });
    expect(await outcomeOf(await issuer.token())).toEqual(refused('token_algorithm'));
    expect(issuer.fetches).toBe(0);
  });
});

describe('a token that is known', () => {
  it('is neither checked nor counted again, and is the same caller', async () => {
    const token = await issuer.token();
    const first = await callerOf(token);
    const again = callerOf(token);
    expect(again).not.toBeInstanceOf(Promise);
    expect(again).toBe(first);
    expect(outcomes()).toEqual(['jwt']);
  });

  it('is checked once for all who show it meanwhile', async () => {
    const token = await issuer.token();
    const callers: Caller[] = await Promise.all([1, 2, 3].map(() => callerOf(token)));
    expect(new Set(callers).size).toBe(1);
    expect(outcomes()).toEqual(['jwt']);
  });

  it('ends when it ends', async () => {
    const token = await issuer.token();
    await callerOf(token);
    elapsedMs = 1_800_000 + 31_000;
    expect(await outcomeOf(token)).toEqual(refused('token_expired'));
  });

  it('ends when its key is withdrawn, within the ten minutes after which keys are fetched again', async () => {
    const token = await issuer.token();
    await callerOf(token);
    issuer.keys = [(await makeKey('next')).jwk];
    elapsedMs = 599_000;
    expect(await outcomeOf(token)).toContain(SUBJECT);
    elapsedMs = 600_000;
    await expect.poll(() => outcomeOf(token)).toEqual(refused('token_key'));
    expect(issuer.fetches).toBe(2);
  });

  it('outlives its issuer’s outage', async () => {
    const token = await issuer.token();
    await callerOf(token);
    issuer.fault = drop;
    expect(await outcomeOf(token)).toBe(`${issuer.issuer} ${SUBJECT}`);
  });
});

describe('while the keys are on their way', () => {
  it('so many calls wait at most, and callers that are known do not notice', async () => {
    const known = await issuer.token();
    await callerOf(known);
    elapsedMs = 30_000;
    const release = issuer.hold();
    const strange = await issuer.token({ header: { kid: 'strange' } });
    const waiting = Array.from({ length: CALLS_WAITING }, () => outcomeOf(strange));
    expect(await outcomeOf(strange)).toMatchObject({
      reason: 'NOT_READY',
      detail: 'token_waiting',
    });
    expect(await outcomeOf(known)).toContain(SUBJECT);
    release();
    expect(new Set((await Promise.all(waiting)).map(String)).size).toBe(1);
    expect(await outcomeOf(strange)).toEqual(refused('token_key'));
  });
});

describe('the keys of an issuer', () => {
  it('D3: are fetched once in 30 seconds, whatever 10 000 unknown ids come', async () => {
    await callerOf(await issuer.token());
    expect(issuer.fetches).toBe(1);
    const [, payload, signature] = (await issuer.token()).split('.');
    const flood = async (times: number) => {
      for (let count = 0; count < times; count += 1) {
        const header = { alg: 'RS256', kid: `${elapsedMs}-${count}`, typ: 'JWT' };
        const head = Buffer.from(JSON.stringify(header)).toString('base64url');
        expect(await outcomeOf(`${head}.${payload}.${signature}`)).toEqual(refused('token_key'));
      }
    };
    await flood(2_000);
    expect(issuer.fetches).toBe(1);
    for (let second = 1; second <= 120; second += 1) {
      elapsedMs = second * 1_000;
      await flood(67);
    }
    expect(issuer.fetches).toBe(1 + 120 / 30);
    expect(await outcomeOf(await issuer.token())).toBe(`${issuer.issuer} ${SUBJECT}`);
  });

  it('may be rotated: a new one is fetched, and the old one is good while it is published', async () => {
    const early = await issuer.token();
    await callerOf(early);
    const next = await makeKey('next');
    issuer.keys = [...issuer.keys, next.jwk];
    elapsedMs = 30_000;
    expect(await outcomeOf(await issuer.token({ key: next }))).toContain(SUBJECT);
    expect(await outcomeOf(await issuer.token({ claims: { a: 1 } }))).toContain(SUBJECT);
    expect(issuer.fetches).toBe(2);

    issuer.keys = [next.jwk];
    elapsedMs = 630_000;
    const late = await issuer.token({ claims: { a: 2 } });
    expect(await outcomeOf(late)).toEqual(refused('token_key'));
    expect(issuer.fetches).toBe(3);
  });

  it('are used for a day while newer ones cannot be had, and an operator is told once', async () => {
    await callerOf(await issuer.token());
    issuer.fault = drop;
    for (const hours of [1, 2, 23]) {
      elapsedMs = hours * HOUR_MS;
      const iat = Math.floor((Date.now() + elapsedMs) / 1_000);
      const token = await issuer.token({ claims: { iat, exp: iat + 600 } });
      expect(await outcomeOf(token)).toContain(SUBJECT);
    }
    await expect
      .poll(() => logger.lines)
      .toEqual([
        {
          level: 'error',
          event: 'issuer_keys_unavailable',
          issuer: issuer.issuer,
          detail: 'no whole answer',
        },
      ]);
    expect(metrics.labelsOf('tokenvault_issuer_keys_failing').length).toBeGreaterThan(1);

    elapsedMs = 25 * HOUR_MS;
    expect(await outcomeOf(await issuer.token())).toMatchObject({
      reason: 'NOT_READY',
      detail: 'token_keys_unavailable',
    });
    issuer.fault = undefined;
    elapsedMs += 30_000;
    const iat = Math.floor((Date.now() + elapsedMs) / 1_000);
    const token = await issuer.token({ claims: { iat, exp: iat + 600 } });
    expect(await outcomeOf(token)).toContain(SUBJECT);
    expect(metrics.recorded.findLast(({ name }) => name.endsWith('keys_failing'))?.value).toBe(0);
  });

  const faults: readonly [string, Answer, string][] = [
    ['are refused', json(503, {}), 'status 503'],
    ['are elsewhere', json(302, {}, { location: 'https://example.org/' }), 'status 302'],
    ['come as HTML', html(200), 'the answer holds no key for signatures'],
    ['are none', json(200, { keys: [] }), 'the answer holds no key for signatures'],
    ['are over 256 KB', json(200, { x: 'x'.repeat(300_000) }), 'no whole answer'],
  ];
  it.each(faults)('are none that %s: nobody is to blame for it', async (_what, fault, detail) => {
    start({ jwksUri: `${issuer.issuer}/keys` });
    issuer.fault = fault;
    expect(await outcomeOf(await issuer.token())).toMatchObject({ reason: 'NOT_READY' });
    expect(logger.lines).toMatchObject([{ event: 'issuer_keys_unavailable', detail }]);
    expect(issuer.server.requests.map(({ path }) => path)).toEqual(['/keys']);
  });

  it.each<[string, object, string]>([
    ['another issuer', { issuer: 'https://evil', jwks_uri: 'https://evil/keys' }, 'of the issuer'],
    ['no issuer', { jwks_uri: 'https://evil/keys' }, 'of the issuer'],
    ['plain HTTP', { jwks_uri: 'http://example.org/keys' }, 'has no https jwks_uri'],
    ['a file', { jwks_uri: 'file:///etc/passwd' }, 'has no https jwks_uri'],
  ])('are not looked for where the configuration names %s', async (_what, body, detail) => {
    const own = 'issuer' in body || !('jwks_uri' in body) || detail !== 'of the issuer';
    issuer.fault = json(200, own ? { issuer: issuer.issuer, ...body } : body);
    expect(await outcomeOf(await issuer.token())).toMatchObject({ reason: 'NOT_READY' });
    expect(logger.lines).toMatchObject([
      { event: 'issuer_keys_unavailable', detail: expect.stringContaining(detail) },
    ]);
    expect(issuer.server.requests).toHaveLength(1);
  });

  it('are taken without those that signatures cannot be checked with', async () => {
    const weak = await makeKey('weak', 'RS256', { modulusLength: 2_048 });
    const [good] = issuer.keys;
    issuer.keys = [
      { ...weak.jwk, n: weak.jwk.n?.slice(0, 171) ?? '' },
      { kty: 'oct', kid: 'secret', k: 'c2VjcmV0' },
      { ...weak.jwk, kid: 'encrypts', use: 'enc' },
      { ...good, kid: undefined },
      ...(good === undefined ? [] : [good, { ...weak.jwk, kid: 'first' }]),
    ] as typeof issuer.keys;
    expect(await outcomeOf(await issuer.token())).toContain(SUBJECT);
    expect(logger.lines).toEqual([
      { level: 'warn', event: 'issuer_keys_dropped', issuer: issuer.issuer, dropped: 5 },
    ]);
  });

  it('are asked for with a token where they are not for everybody, read for every fetch', async () => {
    const file = join(tmpdir(), `tokenvault-keys-token-${process.pid}`);
    await writeFile(file, 'token-of-the-pod\n');
    start({ jwksUri: `${issuer.issuer}/keys`, keysTokenFile: file });
    await callerOf(await issuer.token());
    expect(issuer.server.requests[0]?.headers.authorization).toBe('Bearer token-of-the-pod');
    const stranger = await issuer.token({ header: { kid: 'other' } });
    const changes = [() => writeFile(file, 'two\nlines'), () => rm(file)];
    for (const change of changes) {
      await change();
      elapsedMs += 30_000;
      expect(await outcomeOf(stranger)).toEqual(refused('token_key'));
    }
    expect(logger.lines).toMatchObject([{ detail: 'keys_token_file does not hold one token' }]);
    expect(issuer.fetches).toBe(1);
  });
});
