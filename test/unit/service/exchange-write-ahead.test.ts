import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { World } from '../../support/replica-fixture.ts';
import { Caller, oneReplica } from './steps.ts';

describe('a code is written down before it is sent', () => {
  it('is not sent while Vault is down', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.vault.script.failNext('exchanges.write', 'before');

    expect(await world.reasonOf(caller.exchange(code))).toBe('STORE_UNAVAILABLE');
    expect(world.google.count('exchange')).toBe(0);
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
  });

  it('is claimed before Google sees it', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    const held = world.google.hold('exchange');
    const call = caller.exchange(code);
    await world.settled(held.arrived);

    const stored = await world.vault.exchanges.read(code);
    expect(stored).toMatchObject({ kind: 'present', record: { state: 'pending' } });
    held.release();
    await world.settled(call);
  });

  it('is given up in the background when the reply to its claim was lost, and a repeat takes over', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.vault.script.failNext('exchanges.write', 'after');

    expect(await world.reasonOf(caller.exchange(code))).toBe('STORE_UNAVAILABLE');
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('is given up also where Vault fails once more while that is written down', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.vault.script.failNext('exchanges.write', 'after');

    expect(await world.reasonOf(caller.exchange(code))).toBe('STORE_UNAVAILABLE');
    world.vault.script.failNext('exchanges.write', 'before');
    await world.clock.advance(10_000);
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('is given up also where it takes over a code, and lands after its call has failed', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const { exchanges } = world.vault;
    const code = world.mintCode();
    world.google.keysAvailable = false;
    await world.reasonOf(caller.exchange(code));
    world.google.keysAvailable = true;

    const { write } = exchanges;
    exchanges.write = (...taking) => {
      const [, , { expectedVersion }] = taking;
      if (expectedVersion === 0) return write(...taking);
      exchanges.write = write;
      world.clock.schedule(1_000, () => void write(...taking));
      return Promise.reject(new Failure('STORE_UNAVAILABLE'));
    };
    expect(await world.reasonOf(caller.exchange(code))).toBe('STORE_UNAVAILABLE');
    await world.clock.advance(30_000);
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('may be taken over by another replica after it was given up', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    const code = world.mintCode();
    world.vault.script.failNext('exchanges.write', 'after');

    expect(await world.reasonOf(caller.exchange(code))).toBe('STORE_UNAVAILABLE');
    expect(await world.reasonOf(other.exchange(code))).toBe('OK');
  });
});

describe('a code that provably never left', () => {
  it('may be sent by a repeat: no signing keys', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.google.keysAvailable = false;
    expect(await world.reasonOf(caller.exchange(code))).toBe('PROVIDER_UNAVAILABLE');
    expect(world.google.count('exchange')).toBe(0);

    world.google.keysAvailable = true;
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
  });

  it('may be sent by a repeat: no connection to Google', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.google.next('exchange', { kind: 'no_answer', cause: 'unavailable', sent: false });
    expect(await world.reasonOf(caller.exchange(code))).toBe('PROVIDER_UNAVAILABLE');
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('may be sent by a repeat: the log could not be read, nor that written down at once', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    const hold = world.vault.script.hold('revocations.readLog');
    const call = caller.exchange(code);
    await world.clock.advance(0);
    world.vault.script.down = true;
    hold.release();
    expect(await world.reasonOf(call)).toBe('STORE_UNAVAILABLE');

    world.vault.script.down = false;
    await world.clock.advance(10_000);
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('does not flood a Vault that stays down with attempts to say so', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    world.vault.script.down = true;
    world.vault.script.clearCalls();
    expect(await world.reasonOf(caller.exchange(world.mintCode()))).toBe('STORE_UNAVAILABLE');
    await world.clock.advance(60_000);
    expect(world.vault.script.count('exchanges.read')).toBeLessThan(20);
  });
});
