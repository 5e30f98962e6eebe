import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/domain/secret.ts';
import { LoginFixture, REQUEST_TIMEOUT_MS, refused, renewed } from './login-fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

async function started(...given: ConstructorParameters<typeof LoginFixture>) {
  const fixture = new LoginFixture(...given);
  await fixture.login.start();
  return fixture;
}

describe('a token that can be renewed', () => {
  it('is renewed at two thirds of its lease, for ever', async () => {
    const { clock, login, timesOf, ...fixture } = await started();
    await clock.advance(2 * MINUTE + 1);
    expect(fixture.asked.map(({ at, path }) => [at, path])).toEqual([
      [40_000, '/auth/token/renew-self'],
      [80_000, '/auth/token/renew-self'],
      [120_000, '/auth/token/renew-self'],
    ]);
    expect(fixture.logins).toEqual([0]);
    expect(login.tokenLeftMs).toBe(59_999);
  });

  it.each([
    ['earlier', 0, 36_000],
    ['later', 1, 44_000],
  ])('is renewed up to a tenth %s', async (_which, unit, at) => {
    const fixture = await started({ unit });
    await fixture.clock.advance(MINUTE);
    expect(fixture.timesOf('/renew-self')[0]).toBeCloseTo(at);
  });

  it('is kept when a renewal fails, which is tried again', async () => {
    const fixture = await started();
    const answers = [
      { status: 500, body: undefined },
      { status: 429, body: undefined },
    ];
    fixture.renewal = () => answers.shift() ?? renewed(60);
    await fixture.clock.advance(45_000);
    expect(fixture.timesOf('/renew-self')).toEqual([40_000, 40_750, 42_250]);
    expect(fixture.token).toBe('t1');
    expect(fixture.logins).toEqual([0]);
  });

  it('of a year is renewed, although no timer lasts so long', async () => {
    const fixture = new LoginFixture({ makesTokens: false });
    fixture.gives = [{ leaseMs: 365 * DAY }];
    fixture.renewal = () => renewed((365 * DAY) / 1_000);
    await fixture.login.start();
    await fixture.clock.advance(243 * DAY);
    expect(fixture.asked).toEqual([]);
    await fixture.clock.advance(DAY);
    expect(fixture.timesOf('/renew-self')).toHaveLength(1);
  });
});

describe('a token whose end comes', () => {
  it('has another before it, and is ended when no request shows it any more', async () => {
    const fixture = await started();
    fixture.renewal = () => renewed(30);
    await fixture.clock.advance(40_000);
    await fixture.clock.advance(26_249);
    expect(fixture.token).toBe('t1');
    await fixture.clock.advance(1);
    expect(fixture.token).toBe('t2');
    expect(fixture.timesOf('/revoke-self')).toEqual([]);
    await fixture.clock.advance(REQUEST_TIMEOUT_MS);
    expect(fixture.asked.at(-1)).toMatchObject({ path: '/auth/token/revoke-self', token: 't1' });
  });

  it.each([0, 1])('and cannot be renewed is replaced at 85 to 90 %% of its lease', async (unit) => {
    const fixture = new LoginFixture({ unit });
    fixture.gives = [{ renewable: false }];
    await fixture.login.start();
    await fixture.clock.advance(MINUTE);
    expect(fixture.logins[1]).toBeCloseTo(51_000 + unit * 3_000);
    expect(fixture.timesOf('/renew-self')).toEqual([]);
  });

  it('is replaced while Vault renews nothing', async () => {
    const fixture = await started();
    fixture.renewal = () => ({ status: 503, body: undefined });
    await fixture.clock.advance(MINUTE);
    expect(fixture.logins).toEqual([0, 52_500]);
    expect(fixture.token).toBe('t2');
  });

  it('is replaced at once when Vault refuses to renew it', async () => {
    const fixture = await started();
    fixture.renewal = () => ({ status: 403, body: undefined });
    await fixture.clock.advance(40_000);
    expect(fixture.token).toBe('t2');
  });

  it('and was given to us is left alone', async () => {
    const fixture = new LoginFixture({ makesTokens: false });
    fixture.gives = [{ renewable: false }];
    await fixture.login.start();
    await fixture.clock.advance(HOUR);
    expect(fixture.asked).toEqual([]);
    expect(fixture.logins).toEqual([0]);
    expect(fixture.login.tokenLeftMs).toBe(0);
  });
});

describe('a dead token', () => {
  it('is replaced once for all who met it', async () => {
    const fixture = await started();
    const dead = fixture.login.token;
    const replaced = Array.from({ length: 50 }, () => fixture.login.replace(dead));
    expect(new Set(await Promise.all(replaced))).toEqual(new Set([undefined]));
    expect(fixture.token).toBe('t2');
    expect(await fixture.login.replace(dead)).toBeUndefined();
    expect(fixture.logins).toHaveLength(2);
  });

  it('is not replaced again and again where each new one is dead at once', async () => {
    const fixture = await started();
    for (let death = 0; death < 10; death += 1) await fixture.tokenDies();
    expect(fixture.logins.length).toBeLessThan(6);
    expect(fixture.losses.all).toMatchObject([
      { cause: 'login_refused', detail: expect.stringContaining('token_num_uses') },
    ]);
  });

  it('and one that was given to us is no longer ours to end', async () => {
    const fixture = await started({ makesTokens: false });
    await fixture.tokenDies();
    await fixture.clock.advance(HOUR);
    await fixture.login.stop();
    expect(fixture.token).toBe('t2');
    expect(fixture.timesOf('/revoke-self')).toEqual([]);
  });
});

describe('other credentials', () => {
  it('are shown to Vault within a second, while the token lives', async () => {
    const fixture = await started();
    await fixture.clock.advance(10_000);
    fixture.newCredentials = true;
    await fixture.clock.advance(1_000);
    fixture.newCredentials = false;
    expect(fixture.logins).toEqual([0, 11_000]);
    expect(fixture.token).toBe('t2');
  });

  it('that are wrong page somebody, and the token stays and is renewed', async () => {
    const fixture = await started({ locksOut: true });
    fixture.gives = [refused()];
    fixture.newCredentials = true;
    await fixture.clock.advance(1_000);
    fixture.newCredentials = false;
    const alerts = fixture.logger.lines.filter(({ event }) => event === 'vault_login_refused');
    expect(alerts).toHaveLength(1);
    await fixture.clock.advance(MINUTE);
    expect(fixture.token).toBe('t1');
    expect(fixture.timesOf('/renew-self').length).toBeGreaterThan(0);
    expect(fixture.losses.all).toMatchObject([{ cause: 'login_refused' }]);
    fixture.gives = [{}];
    await fixture.clock.advance(MINUTE);
    expect(fixture.token).not.toBe('t1');
    expect(fixture.losses.all).toEqual([]);
  });
});

describe('refused logins', () => {
  async function refusing(options: { readonly locksOut?: boolean } = {}) {
    const fixture = await started({ ...options, unit: 1 });
    fixture.gives = [refused()];
    await fixture.tokenDies();
    return fixture;
  }

  it('fail the start, without another try', async () => {
    const fixture = new LoginFixture();
    fixture.gives = [refused()];
    await expect(fixture.login.start()).rejects.toMatchObject({ message: 'as it says' });
    await fixture.clock.advance(HOUR);
    expect(fixture.logins).toEqual([0]);
  });

  it('page once, and are tried ever more slowly', async () => {
    const fixture = await refusing();
    await fixture.clock.advance(5 * MINUTE);
    expect(fixture.logins).toEqual([0, 0, 4, 12, 28, 60, 120, 180, 240, 300].map((s) => s * 1_000));
    expect(fixture.logger.lines).toEqual([
      { level: 'error', event: 'vault_login_refused', method: 'jwt', problem: 'as it says' },
    ]);
    expect(fixture.metrics.labelsOf('tokenvault_vault_logins_total').slice(0, 2)).toEqual([
      { method: 'jwt', outcome: 'ok' },
      { method: 'jwt', outcome: 'refused' },
    ]);
  });

  it('of callers who wait are not tried for each of them', async () => {
    const fixture = await refusing();
    for (let call = 0; call < 20; call += 1) {
      expect(await fixture.login.replace(fixture.login.token)).toMatchObject({ kind: 'refused' });
    }
    expect(fixture.logins).toHaveLength(2);
  });

  /** Vault counts on while a refusal comes at most fifteen minutes after the one before. */
  function mostThatVaultCounts(failed: readonly number[]): number {
    const counts: number[] = [];
    failed.forEach((at, index) => {
      const goesOn = at - (failed[index - 1] ?? -Infinity) <= 15 * MINUTE;
      counts.push(goesOn ? (counts.at(-1) ?? 0) + 1 : 1);
    });
    return Math.max(...counts);
  }

  it('never lock out who waits: never four that Vault counts together', async () => {
    const fixture = await refusing({ locksOut: true });
    await fixture.clock.advance(3 * HOUR);
    expect(fixture.logins.slice(1).length).toBeGreaterThan(8);
    expect(mostThatVaultCounts(fixture.logins.slice(1))).toBe(3);
  });

  it('never lock out everybody while one wrong secret follows the other', async () => {
    const fixture = await refusing({ locksOut: true });
    fixture.newCredentials = true;
    const problem = () => fixture.losses.all[0]?.detail;
    await fixture.clock.advance(1_000);
    expect(problem()).toBe('as it says');
    await fixture.clock.advance(1_000);
    expect(problem()).toMatch(
      /^as it says It is the third .+ locks the role .+ before \d{4}-\d\d-\d\dT00:15:07\.000Z,/,
    );
    expect(fixture.logger.lines.at(-1)).toMatchObject({ level: 'warn', problem: problem() });
    for (let call = 0; call < 3; call += 1) await fixture.login.replace(fixture.login.token);
    await fixture.clock.advance(3 * HOUR);
    expect(fixture.logins.slice(1).length).toBeGreaterThan(30);
    expect(mostThatVaultCounts(fixture.logins.slice(1))).toBe(3);
  });

  it('keep a right secret waiting no longer than Vault counts', async () => {
    const fixture = await refusing({ locksOut: true });
    fixture.newCredentials = true;
    await fixture.clock.advance(2_000);
    fixture.gives = [{}];
    await fixture.clock.advance(15 * MINUTE);
    expect(fixture.token).toBe('t1');
    await fixture.clock.advance(5_000);
    expect(fixture.token).toBe('t5');
    expect(fixture.losses.all).toEqual([]);
  });

  it('begin anew after one that succeeded', async () => {
    const fixture = await refusing({ locksOut: true });
    fixture.newCredentials = true;
    fixture.gives = [refused(), {}, refused(), refused(), {}];
    await fixture.clock.advance(5_000);
    expect(fixture.logins).toEqual([0, 0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  });

  it('count on while Vault was away in between', async () => {
    const fixture = await refusing({ locksOut: true });
    fixture.gives = Array.from({ length: 100 }, (_, index) =>
      refused(index % 2 === 0 ? 'unavailable' : 'refused'),
    );
    await fixture.clock.advance(40 * MINUTE);
    const waits = fixture.logins.slice(1).map((at, index) => at - (fixture.logins[index] ?? 0));
    expect(waits.filter((ms) => ms >= 10_000)).toEqual([12_000, 72_000, 1_440_000]);
  });

  it('are tried within a second with other credentials, and are over with the first that succeeds', async () => {
    const fixture = await refusing({ locksOut: true });
    fixture.gives = [{}];
    await fixture.clock.advance(5_000);
    expect(fixture.token).toBe('t1');
    fixture.newCredentials = true;
    await fixture.clock.advance(1_000);
    expect(fixture.token).toBe('t3');
    expect(fixture.losses.all).toEqual([]);
  });

  it('do not keep a token that still lives from being renewed', async () => {
    const fixture = await started({ unit: 1 });
    fixture.renewal = () => ({ status: 503, body: undefined });
    fixture.gives = [refused()];
    await fixture.clock.advance(54_000);
    expect(fixture.losses.all).toMatchObject([{ cause: 'login_refused' }]);
    fixture.renewal = () => renewed(60);
    await fixture.clock.advance(10 * MINUTE);
    expect(fixture.token).toBe('t1');
    expect(fixture.login.tokenLeftMs).toBeGreaterThan(0);
    expect(fixture.logins.length).toBeGreaterThan(10);
    expect(fixture.losses.all).toMatchObject([{ cause: 'login_refused' }]);
    fixture.gives = [{}];
    await fixture.clock.advance(MINUTE);
    expect(fixture.losses.all).toEqual([]);
  });

  it('are tried at once when somebody asks for it', async () => {
    const fixture = await refusing({ locksOut: true });
    fixture.gives = [{}];
    fixture.login.retryNow();
    await fixture.clock.advance(0);
    expect(fixture.token).toBe('t3');
    fixture.login.retryNow();
    await fixture.clock.advance(0);
    expect(fixture.logins).toHaveLength(3);
  });

  it('do not lock the role out, however often somebody asks for a login', async () => {
    const fixture = await refusing({ locksOut: true });
    for (let asked = 0; asked < 10; asked += 1) {
      fixture.login.retryNow();
      await fixture.clock.advance(1_000);
    }
    expect(fixture.logins.slice(1)).toHaveLength(3);
    await fixture.clock.advance(15 * MINUTE);
    fixture.login.retryNow();
    expect(fixture.logins.slice(1)).toHaveLength(4);
  });

  it('that a token from elsewhere makes up for page, and are over with the next that needs none', async () => {
    const fixture = await started();
    fixture.gives = [{ problem: 'It does not open.' }];
    for (let login = 0; login < 3; login += 1) {
      await fixture.tokenDies();
      await fixture.clock.advance(10_000);
    }
    expect(fixture.token).toBe('t4');
    expect(fixture.losses.all).toMatchObject([{ detail: 'It does not open.' }]);
    expect(fixture.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    fixture.gives = [{}];
    await fixture.tokenDies();
    expect(fixture.losses.all).toEqual([]);
  });

  it('are no refusals while Vault is away: it is asked every few seconds, and nobody is paged', async () => {
    const fixture = await started({ unit: 1 });
    fixture.gives = [refused('unavailable')];
    expect(await fixture.tokenDies()).toMatchObject({ kind: 'unavailable' });
    await fixture.clock.advance(MINUTE);
    const waits = fixture.logins.slice(2).map((at, index) => at - (fixture.logins[index + 1] ?? 0));
    expect(Math.max(...waits)).toBe(5_000);
    expect(fixture.logger.lines).toEqual([]);
  });
});

describe('the end of the service', () => {
  it('ends the tokens that it made, also the one of before', async () => {
    const fixture = await started();
    await fixture.login.replace(fixture.login.token);
    await fixture.login.stop();
    const ended = fixture.asked.filter(({ path }) => path.endsWith('/revoke-self'));
    expect(ended.map(({ token }) => token).sort()).toEqual(['t1', 't2']);
    await fixture.clock.advance(DAY);
    expect(fixture.asked).toHaveLength(2);
  });
});

describe('a token that the configuration names now', () => {
  it('stays in use where a login was under way, whose token is ended', async () => {
    const fixture = await started();
    const given = Promise.withResolvers<void>();
    fixture.beforeGiving = () => given.promise;
    const replaced = fixture.tokenDies();
    fixture.login.take({ method: 'token', token: new Secret('next') });
    given.resolve();
    expect(await replaced).toBeUndefined();
    expect(fixture.token).toBe('next');
    await fixture.clock.advance(REQUEST_TIMEOUT_MS);
    const ended = fixture.asked.filter(({ path }) => path.endsWith('/revoke-self'));
    expect(ended.map(({ token }) => token)).toContain('t2');
  });

  it('is in use at once, and renewed from what its first renewal says', async () => {
    const fixture = await started({ makesTokens: false });
    fixture.renewal = () => renewed(30);
    fixture.login.take({ method: 'token', token: new Secret('next') });
    expect(fixture.token).toBe('next');
    await fixture.clock.advance(20_000);
    expect(fixture.asked).toEqual([
      { at: 0, token: 'next', path: '/auth/token/renew-self' },
      { at: 20_000, token: 'next', path: '/auth/token/renew-self' },
    ]);
  });
});
