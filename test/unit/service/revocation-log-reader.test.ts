import { describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { ActiveTerm } from '../../../src/service/active-term.ts';
import { RevocationLogReader } from '../../../src/service/revocation-log-reader.ts';
import { RevocationView } from '../../../src/service/revocation-view.ts';
import { World } from '../../support/replica-fixture.ts';
import { alertsOf } from './steps.ts';

/** A reader that has its first reading. */
async function startedReader() {
  const world = new World();
  const view = new RevocationView(world.clock);
  const { clock, logger } = world;
  const alerts = new Alerts(logger, world.metrics);
  const { revocations } = world.vault;
  const parts = { view, term: new ActiveTerm(revocations) };
  const reader = new RevocationLogReader({ clock, logger, alerts, revocations }, parts);
  await world.settled(reader.start());
  return { world, view, reader };
}

async function append(world: World, key: string): Promise<void> {
  const { version, log } = await world.vault.revocations.readLog();
  const next = { count: log.count + 1, keys: [...log.keys, key] };
  const condition = { expectedVersion: version, writeId: `${key}-${log.count}` };
  await world.vault.revocations.writeLog(next, condition);
}

describe('the reader of the revocation log', () => {
  it('keeps the view younger than the bound', async () => {
    const { world, view } = await startedReader();
    for (let tick = 0; tick < 100; tick += 1) {
      await world.clock.advance(97);
      expect(view.ageMs()).toBeLessThan(2_000);
    }
  });

  it('sees an entry within the bound', async () => {
    const { world, view } = await startedReader();
    const mark = view.mark();
    await append(world, 'alice');
    await world.clock.advance(1_500);
    expect(view.namedSince('alice', mark)).toBe(true);
  });

  it('counts a reading only once the same term is confirmed, half a second later', async () => {
    const { world, view } = await startedReader();
    await append(world, 'alice');
    await world.clock.advance(500);
    const positions = [view.position];
    await world.clock.advance(500);
    expect([...positions, view.position]).toEqual([0, 1]);
    expect(view.ageMs()).toBeGreaterThanOrEqual(500);
  });

  it('counts no reading of a leader that was deposed meanwhile: the view only ages', async () => {
    const { world, view } = await startedReader();
    await append(world, 'alice');
    for (let term = 2; term < 12; term += 1) {
      world.vault.term = `fake-node ${term}`;
      await world.clock.advance(500);
    }
    expect(view.position).toBe(0);
    expect(view.ageMs()).toBeGreaterThan(4_000);
    await world.clock.advance(1_000);
    expect(view.position).toBe(1);
    expect(view.ageMs()).toBeLessThan(2_000);
  });

  it('tells who waits as soon as a reading counts, whatever becomes of the next one', async () => {
    const { world, view, reader } = await startedReader();
    await world.clock.advance(600);
    world.vault.script.failNext('revocations.readLog', 'before');
    const before = view.ageMs();
    const next = reader.next();
    await world.clock.advance(500);
    expect(view.ageMs()).toBeLessThan(before + 500);
    expect(await world.settled(next)).toBe('advanced');
  });

  it('calls a reading failed that gets no reply within a second', async () => {
    const { world, reader } = await startedReader();
    const hold = world.vault.script.hold('revocations.readLog');
    await world.clock.advance(600);
    expect(hold.waiting).toBe(1);
    const began = world.clock.monotonic();
    expect(await world.settled(reader.next())).toBe('failed');
    expect(world.clock.monotonic() - began).toBeLessThanOrEqual(3_000);
    hold.release();
    expect(await world.settled(reader.next())).toBe('advanced');
  });

  it('tells who waits of a failure only where the reading began after they came', async () => {
    const { world, reader } = await startedReader();
    world.vault.script.hold('revocations.leaderTerm');
    await world.clock.advance(600);
    let told = false;
    const next = reader.next().then(() => {
      told = true;
    });
    await world.clock.advance(950);
    expect(told).toBe(false);
    await world.settled(next);
  });

  it('logs an outage once, and says since when it lasts, until it is over', async () => {
    const { world, view, reader } = await startedReader();
    expect(reader.failing).toBeUndefined();
    const before = world.clock.now();
    world.vault.script.down = true;
    await world.clock.advance(20_000);
    const lines = world.logger.lines.filter(({ event }) => event === 'revocation_log_unreadable');
    expect(lines).toHaveLength(1);
    expect(view.ageMs()).toBeGreaterThan(19_000);
    expect(reader.failing?.since).toBeGreaterThanOrEqual(before);
    expect(reader.failing?.since).toBeLessThanOrEqual(before + 1_500);
    world.vault.script.down = false;
    await world.clock.advance(1_500);
    expect(reader.failing).toBeUndefined();
  });

  it('raises an alert where the log has gone back, as after a restore', async () => {
    const { world, view } = await startedReader();
    await append(world, 'alice');
    await append(world, 'bob');
    await world.clock.advance(1_500);
    const { version } = await world.vault.revocations.readLog();
    const restored = { count: 1, keys: ['alice'] };
    const condition = { expectedVersion: version, writeId: 'restore' };
    await world.vault.revocations.writeLog(restored, condition);
    const mark = view.mark();
    await world.clock.advance(1_500);
    expect(view.namedSince('anybody', mark)).toBe(true);
    expect(alertsOf(world)).toEqual(['revocation_log_behind']);
  });

  it('stops when it is told to', async () => {
    const { world, reader } = await startedReader();
    reader.stop();
    await world.clock.advance(1_000);
    world.vault.script.clearCalls();
    await world.clock.advance(10_000);
    expect(world.vault.script.calls).toEqual([]);
  });
});
