import { describe, expect, it } from 'vitest';
import { RevocationLogAppender } from '../../../src/service/revocation-log-appender.ts';
import { World } from '../../support/replica-fixture.ts';

function appenders(world: World, count: number): readonly RevocationLogAppender[] {
  let ids = 0;
  const id = () => {
    ids += 1;
    return String(ids);
  };
  const deps = {
    clock: world.clock,
    random: { id, unit: () => 0.5 },
    revocations: world.vault.revocations,
  };
  return Array.from({ length: count }, () => new RevocationLogAppender(deps));
}

describe('appending to the revocation log', () => {
  it('groups what comes while an append is under way', async () => {
    const world = new World();
    const [appender] = appenders(world, 1);
    const keys = Array.from({ length: 30 }, (_, index) => `user-${index}`);
    const positions = await world.settled(Promise.all(keys.map((key) => appender?.append(key))));
    const { log } = await world.vault.revocations.readLog();
    expect(log).toEqual({ count: 30, keys });
    expect(world.vault.script.count('revocations.writeLog')).toBe(2);
    expect(positions[0]).toBe(1);
    expect(positions[29]).toBe(30);
  });

  it('loses no entry of any replica', async () => {
    const world = new World();
    const replicas = appenders(world, 5);
    const work = replicas.flatMap((appender, replica) =>
      Array.from({ length: 5 }, (_, index) => appender.append(`user-${replica}-${index}`)),
    );
    await world.settled(Promise.all(work));
    const { log } = await world.vault.revocations.readLog();
    expect(log.count).toBe(25);
    expect(new Set(log.keys).size).toBe(25);
  });

  it('keeps the last 256 keys, and counts them all', async () => {
    const world = new World();
    const [appender] = appenders(world, 1);
    const keys = Array.from({ length: 300 }, (_, index) => `user-${index}`);
    await world.settled(Promise.all(keys.map((key) => appender?.append(key))));
    const { log } = await world.vault.revocations.readLog();
    expect(log).toEqual({ count: 300, keys: keys.slice(-256) });
  });

  it('fails those whose group failed, and goes on with the next', async () => {
    const world = new World();
    const [appender] = appenders(world, 1);
    world.vault.script.failNext('revocations.writeLog', 'before');
    const first = appender?.append('alice');
    const second = appender?.append('bob');
    expect(await world.reasonOf(first)).toBe('STORE_UNAVAILABLE');
    expect(await world.reasonOf(second)).toBe('OK');
  });
});
