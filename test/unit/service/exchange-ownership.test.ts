import { describe, expect, it } from 'vitest';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { Caller, grantsOf, oneReplica } from './steps.ts';

async function twoReplicas(world: World) {
  const { caller } = await oneReplica(world);
  return { here: caller, there: new Caller(world, await world.startReplica()) };
}

describe('a code that many calls bring at once', () => {
  it('reaches Google exactly once, and all get the same answer', async () => {
    const world = new World();
    const { here, there } = await twoReplicas(world);
    world.google.latencyMs = 100;
    const code = world.mintCode();
    const calls = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? here : there).exchange(code),
    );

    const answers = await world.settled(Promise.all(calls));
    expect(world.google.count('exchange', code)).toBe(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(grantsOf(world)).toHaveLength(1);
  });

  it('is never claimed over a call that is still at it, however long that takes', async () => {
    const world = new World();
    const { here, there } = await twoReplicas(world);
    const code = world.mintCode();
    const held = world.google.hold('exchange', 'after');
    const first = here.exchange(code, {}, world.context('app', 60_000));
    await world.settled(held.arrived);

    expect(await world.reasonOf(there.exchange(code, {}, world.context('app', 5_000)))).toBe(
      'EXCHANGE_IN_PROGRESS',
    );
    held.release();
    expect(await world.settled(first)).toMatchObject({ userId: ALICE });
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('goes to one taker alone after it was given up', async () => {
    const world = new World();
    const { here, there } = await twoReplicas(world);
    const code = world.mintCode();
    world.google.next('exchange', { kind: 'no_answer', cause: 'unavailable', sent: false });
    expect(await world.reasonOf(here.exchange(code))).toBe('PROVIDER_UNAVAILABLE');

    await world.settled(Promise.all([here.exchange(code), there.exchange(code)]));
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('is sent by the call whose write landed, also when its reply was lost', async () => {
    const world = new World();
    const { here, there } = await twoReplicas(world);
    const code = world.mintCode();
    world.vault.script.failNext('exchanges.write', 'after');
    const lost = here.exchange(code);
    const repeat = there.exchange(code);
    expect(await world.reasonOf(lost)).toBe('STORE_UNAVAILABLE');
    expect(await world.reasonOf(repeat)).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });
});
