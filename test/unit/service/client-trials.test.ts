import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { DROPPED, RATE_LIMITED } from '../../support/fakes/fake-google.ts';
import { CLIENT_ID, DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { alertsOf, connectedAlice, newestGrant } from './steps.ts';

/** Longer than the time until a changed record is read. */
const READ_MS = 4_000;
const SCOPES = [[DRIVE], [EMAIL], ['openid'], [DRIVE, EMAIL], [DRIVE, 'openid'], [EMAIL, 'openid']];

/** Google accepts `the-newest-secret`, as ever, and Alice is connected. */
async function arrange() {
  const world = new World();
  const { caller } = await connectedAlice(world);
  let asked = 0;
  const configure = (...secrets: readonly [string, ...string[]]) => {
    const [newest, ...others] = secrets;
    const known = [new Secret(newest), ...others.map((other) => new Secret(other))] as const;
    world.vault.setClient('default', { secrets: known });
  };
  const accept = (...clientSecrets: string[]) =>
    world.google.addClient({ clientId: CLIENT_ID, clientSecrets });
  /** A token that no cache has. */
  const call = () => {
    asked += 1;
    return world.reasonOf(caller.get({ scopes: SCOPES[asked % SCOPES.length] ?? [] }));
  };
  const lastSecret = () => world.google.requests.at(-1)?.clientSecret?.reveal();
  const refusals = () => alertsOf(world).filter((alert) => alert === 'oauth_client_secret_refused');
  return { world, caller, configure, accept, call, lastSecret, refusals };
}

describe('a new secret of an OAuth client', () => {
  it('is shown to Google before any call uses it, once', async () => {
    const { world, configure, accept, call, lastSecret } = await arrange();
    accept('the-newest-secret', 'the-secret-brand-new');
    configure('the-secret-brand-new', 'the-newest-secret');
    await world.clock.advance(60_000);
    expect(world.google.count('probe')).toBe(1);
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-secret-brand-new');
    expect(world.logger.lines).toContainEqual({
      level: 'info',
      event: 'oauth_client_changed',
      oauthClient: 'default',
    });
  });

  it('that Google refuses is not used, with one alert; no call fails, no user is touched', async () => {
    const { world, configure, call, lastSecret, refusals } = await arrange();
    configure('a-secret-mistyped');
    await world.clock.advance(60_000);
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-newest-secret');
    expect(refusals()).toHaveLength(1);
    expect(world.logger.lines).toContainEqual({
      level: 'error',
      event: 'oauth_client_secret_refused',
      oauthClient: 'default',
      suffix: 'yped',
      problem: 'rejected',
    });
    expect(newestGrant(world).state).toBe('live');
  });

  it('is refused with its whole record, and another wrong one pages again', async () => {
    const { world, caller, configure, refusals } = await arrange();
    const redirectUris = ['https://new.example/callback'];
    configure('a-secret-mistyped');
    world.vault.setClient('default', { redirectUris, codeSources: ['web-redirect'] });
    await world.clock.advance(READ_MS);
    const code = world.mintCode();
    expect(await world.reasonOf(caller.exchange(code, { codeSource: 'mobile' }))).toBe('OK');
    configure('mistyped-again');
    await world.clock.advance(READ_MS);
    expect(refusals()).toHaveLength(2);
  });

  it('is asked about ever less often, and taken when Google knows it', async () => {
    const { world, configure, accept, call, lastSecret, refusals } = await arrange();
    configure('comes-late', 'the-newest-secret');
    await world.clock.advance(300_000);
    expect(world.google.count('probe')).toBeGreaterThan(5);
    expect(world.google.count('probe')).toBeLessThan(11);
    accept('the-newest-secret', 'comes-late');
    await world.clock.advance(64_000);
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('comes-late');
    expect(refusals()).toHaveLength(1);
  });

  it('waits while Google says nothing, and is asked about again soon', async () => {
    const { world, configure, accept, call, lastSecret, refusals } = await arrange();
    accept('the-newest-secret', 'the-secret-brand-new');
    world.google.next('probe', DROPPED);
    world.google.next('probe', RATE_LIMITED);
    configure('the-secret-brand-new', 'the-newest-secret');
    await world.clock.advance(READ_MS);
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-newest-secret');
    await world.clock.advance(12_000);
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-secret-brand-new');
    expect(refusals()).toEqual([]);
  });

  it('is not asked about in a pause that Google wants', async () => {
    const { world, configure, accept, call } = await arrange();
    accept('the-newest-secret', 'the-secret-brand-new');
    world.google.next('refresh', { ...RATE_LIMITED, retryAfterMs: 60_000 });
    expect(await call()).toBe('PROVIDER_RATE_LIMITED');
    configure('the-secret-brand-new', 'the-newest-secret');
    await world.clock.advance(50_000);
    expect(world.google.count('probe')).toBe(0);
  });

  it('is tried by a call whose own secret Google refuses, and proven by it', async () => {
    const { world, configure, accept, call, lastSecret } = await arrange();
    accept('the-secret-brand-new');
    world.google.down = DROPPED;
    configure('the-secret-brand-new');
    await world.clock.advance(READ_MS);
    world.google.down = undefined;
    expect(await call()).toBe('OK');
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-secret-brand-new');
    expect(world.google.count('refresh')).toBe(3);
    expect(alertsOf(world)).toEqual([]);
  });

  it('that some part of Google does not know yet is followed by the one before, for an hour', async () => {
    const { world, configure, accept, call, lastSecret } = await arrange();
    accept('the-newest-secret', 'the-secret-brand-new');
    configure('the-secret-brand-new');
    await world.clock.advance(READ_MS);
    expect(world.google.count('probe')).toBe(1);
    accept('the-newest-secret');
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-newest-secret');
    expect(alertsOf(world)).toEqual([]);
    await world.clock.advance(3_600_000);
    expect(await call()).toBe('PROVIDER_CLIENT_REJECTED');
    expect(lastSecret()).toBe('the-secret-brand-new');
    expect(alertsOf(world)).toEqual(['oauth_client_rejected']);
  });

  it('is not followed by the secret of another client that had the name before', async () => {
    const { world, caller, accept } = await arrange();
    const clientId = 'other.apps.example';
    world.google.addClient({ clientId, clientSecrets: ['its-secret'] });
    world.vault.setClient('default', { clientId, secrets: [new Secret('its-secret')] });
    await world.clock.advance(READ_MS);
    world.google.addClient({ clientId, clientSecrets: ['gone'] });
    accept('the-newest-secret');
    const code = world.mintCode({ clientId });
    expect(await world.reasonOf(caller.exchange(code))).toBe('PROVIDER_CLIENT_REJECTED');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('that was refused comes after the previous one that is in use', async () => {
    const { world, configure, accept, call, lastSecret } = await arrange();
    accept('the-newest-secret', 'second');
    configure('second', 'the-newest-secret');
    await world.clock.advance(READ_MS);
    configure('mistyped', 'second');
    await world.clock.advance(READ_MS);
    accept('the-newest-secret');
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-newest-secret');
  });

  it('is used at once where there is none yet that works', async () => {
    const world = new World();
    world.vault.setClient('default', {
      secrets: [new Secret('mistyped'), new Secret('the-newest-secret')],
    });
    await connectedAlice(world);
    expect(world.google.count('probe')).toBe(0);
    expect(world.google.count('exchange')).toBe(2);
  });
});

describe('a changed record of an OAuth client', () => {
  it('is taken at once where Google sees no change in it', async () => {
    const { world, configure } = await arrange();
    configure('the-newest-secret', 'older-secret');
    world.vault.setClient('default', { redirectUris: ['https://new.example/callback'] });
    await world.clock.advance(READ_MS);
    expect(world.google.count('probe')).toBe(0);
    expect(world.logger.lines).toContainEqual(
      expect.objectContaining({ event: 'oauth_client_changed' }),
    );
  });

  it('with a client id that Google does not know is refused', async () => {
    const { world, call, refusals } = await arrange();
    world.vault.setClient('default', { clientId: 'mistyped.apps.example' });
    await world.clock.advance(READ_MS);
    expect(await call()).toBe('OK');
    expect(refusals()).toHaveLength(1);
  });

  it('with the client id of another one, and not its secret, is refused', async () => {
    const { world, call, refusals } = await arrange();
    world.google.addClient({ clientId: 'other.apps.example', clientSecrets: ['its-secret'] });
    world.vault.setClient('default', { clientId: 'other.apps.example' });
    await world.clock.advance(READ_MS);
    expect(await call()).toBe('OK');
    expect(refusals()).toHaveLength(1);
  });

  it('with a client that Google has disabled is refused, and says so', async () => {
    const { world, call } = await arrange();
    const clientId = 'other.apps.example';
    world.google.addClient({ clientId, clientSecrets: ['its-secret'], state: 'disabled' });
    world.vault.setClient('default', { clientId, secrets: [new Secret('its-secret')] });
    await world.clock.advance(READ_MS);
    expect(await call()).toBe('OK');
    expect(world.logger.lines).toContainEqual(
      expect.objectContaining({ event: 'oauth_client_secret_refused', problem: 'disabled' }),
    );
  });

  it('that goes back to what is in use ends the trial', async () => {
    const { world, configure, refusals } = await arrange();
    configure('a-secret-mistyped');
    await world.clock.advance(READ_MS);
    configure('the-newest-secret');
    await world.clock.advance(120_000);
    expect(world.google.count('probe')).toBe(1);
    expect(refusals()).toHaveLength(1);
  });

  it('that changes again while Google is asked is not taken', async () => {
    const { world, configure, accept, call, lastSecret } = await arrange();
    accept('the-newest-secret', 'the-secret-brand-new');
    const held = world.google.hold('probe', 'after');
    configure('the-secret-brand-new');
    await world.clock.advance(READ_MS);
    configure('the-newest-secret');
    await world.clock.advance(READ_MS);
    held.release();
    expect(await call()).toBe('OK');
    expect(lastSecret()).toBe('the-newest-secret');
  });
});

describe('what an operator sees of secrets', () => {
  const CONFIGURED = 'tokenvault_client_secret_configured';
  const LAST = 'tokenvault_client_secret_last_accepted_timestamp_seconds';

  function shown(world: World, name: typeof CONFIGURED | typeof LAST): Record<string, number> {
    const ours = world.metrics.recorded.filter((one) => one.name === name);
    return Object.fromEntries(
      ours.map(({ labels, value }) => [
        [labels.suffix, labels.position].filter((label) => label !== undefined).join(' '),
        value,
      ]),
    );
  }

  it('is which are in use, and when Google accepted each last', async () => {
    const { world, configure, accept, call } = await arrange();
    accept('the-newest-secret', 'the-secret-brand-new');
    configure('the-secret-brand-new', 'the-newest-secret');
    const before = world.clock.now() / 1_000;
    await world.clock.advance(READ_MS);
    expect(shown(world, CONFIGURED)).toEqual({
      'cret newest': 0,
      '-new newest': 1,
      'cret previous': 1,
    });
    await call();
    expect(shown(world, LAST).cret).toBeLessThanOrEqual(before);
    expect(shown(world, LAST)['-new']).toBe(world.clock.now() / 1_000);
    configure('the-secret-brand-new');
    await world.clock.advance(READ_MS);
    expect(shown(world, CONFIGURED)).toMatchObject({ 'cret previous': 0, '-new newest': 1 });
  });

  it('is 0 for a secret that Google has not accepted since the process began', async () => {
    const { world, configure } = await arrange();
    configure('the-newest-secret', 'the-secret-older');
    await world.clock.advance(READ_MS);
    expect(shown(world, LAST).lder).toBe(0);
  });

  it('is nothing of a secret that is short', async () => {
    const { world, configure, accept } = await arrange();
    accept('pass');
    configure('pass');
    await world.clock.advance(READ_MS);
    expect(shown(world, CONFIGURED)).toMatchObject({ ' newest': 1 });
    expect(JSON.stringify(world.metrics.recorded)).not.toContain('pass');
  });

  it('ends with a client that is removed', async () => {
    const { world } = await arrange();
    world.vault.removeClient('default');
    await world.clock.advance(READ_MS);
    expect(shown(world, CONFIGURED)).toEqual({ 'cret newest': 0 });
  });

  it('is forgotten some rotations later', async () => {
    const { world, configure, accept } = await arrange();
    for (let serial = 1; serial <= 20; serial += 1) {
      const secret = `the-next-secret-${String(serial).padStart(4, '0')}`;
      accept(secret);
      configure(secret);
      await world.clock.advance(READ_MS);
    }
    const removed = world.metrics.removed.filter(({ name }) => name === LAST);
    const gone = removed.map(({ labels }) => labels.suffix);
    expect(gone).toHaveLength(13);
    expect(gone.slice(0, 2)).toEqual(['cret', '0001']);
    expect(gone).not.toContain('0020');
  });
});
