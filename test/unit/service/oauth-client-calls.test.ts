import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { NOT_SENT } from '../../support/fakes/fake-google.ts';
import { CLIENT_ID, DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { alertsOf, connectedAlice, newestGrant, oneReplica } from './steps.ts';

/** Google knows other secrets now than the one that was configured. */
function googleAccepts(world: World, ...clientSecrets: string[]): void {
  world.google.addClient({ clientId: CLIENT_ID, clientSecrets });
}

function configure(world: World, newest: string, previous: string): void {
  world.vault.setClient('default', { secrets: [new Secret(newest), new Secret(previous)] });
}

describe('a client secret that Google refuses', () => {
  it('is followed by the other one, once: the only case in which a code goes out twice', async () => {
    const world = new World();
    configure(world, 'a-secret-too-new', 'the-newest-secret');
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(2);
    expect(world.metrics.labelsOf('tokenvault_client_secret_total')).toEqual([
      { client: 'default', suffix: '-new', outcome: 'rejected' },
      { client: 'default', suffix: 'cret', outcome: 'accepted' },
    ]);
    expect(world.logger.lines).toContainEqual({
      level: 'warn',
      event: 'client_secret_rejected',
      oauthClient: 'default',
      suffix: '-new',
    });
  });

  it.each(['client_disabled', 'invalid_request'] as const)(
    'is not what %s means: that counts as neither accepted nor rejected',
    async (cause) => {
      const world = new World();
      const { caller } = await connectedAlice(world);
      const total = () => world.metrics.labelsOf('tokenvault_client_secret_total').length;
      const before = total();
      world.google.next('refresh', { kind: 'refused', cause });
      expect(await world.reasonOf(caller.get())).not.toBe('OK');
      expect(total()).toBe(before);
    },
  );

  it('is followed by one that ops have put there since', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    googleAccepts(world, 'rotated');
    configure(world, 'rotated', 'the-newest-secret');
    expect(await world.reasonOf(caller.get())).toBe('OK');
    expect(alertsOf(world)).toEqual([]);
  });

  it('is followed by the one in use, not by one that nobody has tried, where it is older than both', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const held = world.google.hold('refresh');
    const call = world.reasonOf(caller.get());
    await world.settled(held.arrived);
    googleAccepts(world, 'rotated');
    configure(world, 'rotated', 'the-newest-secret');
    await world.clock.advance(5_000);
    configure(world, 'mistyped', 'rotated');
    held.release();
    expect(await call).toBe('OK');
    expect(alertsOf(world)).not.toContain('oauth_client_rejected');
  });

  it('ends in PROVIDER_CLIENT_REJECTED after the second, and the user stays as he was', async () => {
    const world = new World();
    configure(world, 'the-newest-secret', 'older-secret');
    const { caller } = await connectedAlice(world);
    googleAccepts(world, 'something-else');
    expect(await world.reasonOf(caller.get())).toBe('PROVIDER_CLIENT_REJECTED');
    expect(world.google.count('refresh')).toBe(2);
    expect(newestGrant(world).state).toBe('live');
    expect(alertsOf(world)).toEqual(['oauth_client_rejected']);
  });

  it('leaves the code unsent for nobody: it did go out, though the second attempt did not', async () => {
    const world = new World();
    configure(world, 'a-secret-too-new', 'the-newest-secret');
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.google.next('exchange', {});
    world.google.next('exchange', NOT_SENT);
    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_OUTCOME_UNKNOWN');
    await world.clock.advance(31_000);
    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_OUTCOME_UNKNOWN');
    expect(world.google.count('exchange', code)).toBe(1);
  });
});

describe('the breaker of an OAuth client', () => {
  async function tripped() {
    const world = new World();
    const { caller } = await connectedAlice(world);
    googleAccepts(world, 'something-else');
    await world.reasonOf(caller.get());
    return { world, caller };
  }

  it('keeps from Google what it would refuse, for all users, and the code is not spent', async () => {
    const { world, caller } = await tripped();
    const sent = world.google.requests.length;
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('PROVIDER_CLIENT_REJECTED');
    const code = world.mintCode({ sub: 'sub-of-bob' });
    expect(await world.reasonOf(caller.exchange(code))).toBe('PROVIDER_CLIENT_REJECTED');
    expect(world.google.requests).toHaveLength(sent);

    googleAccepts(world, 'the-newest-secret');
    await world.clock.advance(31_000);
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
  });

  it('gives way at once to a changed configuration', async () => {
    const { world, caller } = await tripped();
    configure(world, 'something-else', 'the-newest-secret');
    await world.clock.advance(5_000);
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('OK');
  });

  it('is tripped by a client that Google disabled', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.addClient({ clientId: CLIENT_ID, clientSecrets: [], state: 'disabled' });
    expect(await world.reasonOf(caller.get())).toBe('PROVIDER_CLIENT_REJECTED');
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('PROVIDER_CLIENT_REJECTED');
    expect(world.google.count('refresh')).toBe(1);
    expect(newestGrant(world).state).toBe('live');
  });

  it('is not tripped by unauthorized_client', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', { kind: 'refused', cause: 'unauthorized_client' });
    expect(await world.reasonOf(caller.get())).toBe('PROVIDER_CLIENT_REJECTED');
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('OK');
    expect(newestGrant(world).state).toBe('live');
  });

  /** Another client has the alias by now; a call that began with the first is still at Google. */
  async function takenOver() {
    const world = new World();
    const { caller } = await connectedAlice(world);
    googleAccepts(world, 'gone');
    world.google.addClient({ clientId: 'other.apps.example', clientSecrets: ['its-secret'] });
    const held = world.google.hold('refresh');
    const call = caller.get();
    await world.settled(held.arrived);
    world.vault.setClient('default', {
      clientId: 'other.apps.example',
      secrets: [new Secret('its-secret')],
    });
    return { world, caller, held, call };
  }

  it('is not tripped for a client that has taken the alias over, nor is the grant tried with it', async () => {
    const { world, caller, held, call } = await takenOver();
    held.release();
    expect(await world.reasonOf(call)).toBe('PROVIDER_CLIENT_REJECTED');
    expect(world.google.count('refresh')).toBe(1);

    const code = world.mintCode({ clientId: 'other.apps.example', scopes: ['openid', DRIVE] });
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
  });

  it('is not tripped for the client in use by a secret of the one before that ops put back', async () => {
    const { world, held, call } = await takenOver();
    await world.clock.advance(4_000);
    world.vault.setClient('default', { clientId: CLIENT_ID, secrets: [new Secret('mistyped')] });
    held.release();
    expect(await world.reasonOf(call)).toBe('PROVIDER_CLIENT_REJECTED');
    expect(world.google.count('refresh')).toBe(2);
    expect(alertsOf(world)).not.toContain('oauth_client_rejected');
  });
});
