import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/domain/failure.ts';
import type { RevocationStore } from '../../src/domain/revocation-store.ts';
import { newUserRecord } from '../../src/domain/user-record.ts';
import type { UserStore } from '../../src/domain/user-store.ts';

/** A replica's stores before Vault's three nodes, and what only the world can do to those. */
export interface ClusterWorld {
  readonly users: UserStore;
  readonly revocations: Pick<RevocationStore, 'leaderTerm'>;
  /** Another replica's, with requests that are given up before the nodes could elect another active one. */
  readonly hasty: Pick<ClusterWorld, 'users' | 'revocations'>;
  /** Asks a node that is a standby at the beginning, and stays one as long as nothing is done to the nodes. */
  readAtStandby(userId: string): ReturnType<UserStore['read']>;
  /** The next write does not arrive, or takes effect without the reply coming back. */
  loseNextWrite(what: 'request' | 'reply'): void;
  /** The active node stops for a while: what it is asked, it does when it goes on. */
  pauseActive(): Promise<PausedNode>;
  /** The active node lets go of its office, and goes on as a standby. */
  deposeActive(): Promise<void>;
  /** The active node ends for good. */
  killActive(): Promise<void>;
  /** Asks until it is so, with some time in between. Default: for at most 20 s. @throws after that */
  until(condition: () => Promise<boolean>, timeoutMs?: number): Promise<void>;
}

export interface PausedNode {
  goOn(): void;
  /** Asks this very node, whatever it is by now. */
  read(userId: string): ReturnType<UserStore['read']>;
}

/** Runs a scenario in a world of its own: no record is there, and all nodes are well. */
export type RunInCluster = (scenario: (world: ClusterWorld) => Promise<void>) => Promise<void>;

const USER = '100000000000000000001';
const WRITES = 50;
const TRIES = 10;
const SOON_MS = 1_500;

/** What the service relies on where Vault is three nodes, of which two answer reads of their own. */
export function vaultClusterContract(name: string, run: RunInCluster): void {
  describe(`three nodes of ${name}`, { timeout: 60_000 }, () => {
    it('give at the active one what was written just now, every time', () =>
      run(async (world) => {
        for (let version = 0; version < WRITES; version += 1) {
          expect(await write(world, { version })).toEqual(committed(version + 1));
          expect(await world.users.read(USER)).toMatchObject({ version: version + 1 });
        }
      }));

    it('answer with old values at a standby, and follow in the end', () =>
      run(async (world) => {
        let version = 0;
        let stale = 0;
        await world.until(async () => {
          expect(await write(world, { version })).toEqual(committed(version + 1));
          version += 1;
          const seen = await world.readAtStandby(USER);
          expect(seen.version).toBeLessThanOrEqual(version);
          if (seen.version < version) stale += 1;
          return stale > 0;
        });
        await world.until(async () => (await world.readAtStandby(USER)).version === version);
      }));

    it('have nothing of a write that did not arrive', () =>
      run(async (world) => {
        world.loseNextWrite('request');
        expect(await outcomeOf(write(world, { version: 0 }))).toBe('STORE_UNAVAILABLE');
        expect(await world.users.read(USER)).toEqual({ kind: 'absent', version: 0 });
        expect(await write(world, { version: 0 })).toEqual(committed(1));
      }));

    it('have a write whose reply was lost, and its writer finds that out', () =>
      run(async (world) => {
        for (const version of [0, 1]) {
          world.loseNextWrite('reply');
          expect(await write(world, { version })).toEqual(committed(version + 1));
        }
        world.loseNextWrite('reply');
        const late = { version: 1, writeId: 'of somebody else' };
        expect(await write(world, late)).toEqual({ outcome: 'conflict' });
        expect(await world.users.read(USER)).toMatchObject({ version: 2 });
      }));

    it('commit a write long after its writer was told that it may have failed', () =>
      run(async (world) => {
        let landedLate = false;
        for (let version = 0; !landedLate && version < TRIES; version += 1) {
          await world.hasty.revocations.leaderTerm();
          const paused = await world.pauseActive();
          const told = await outcomeOf(write(world, { version, users: world.hasty.users }));
          paused.goOn();
          expect(told).toBe('STORE_UNAVAILABLE');
          landedLate = await landsSoon(world, version + 1);
          // Where an election came in between, it may also be dropped: its repeats find that out.
          await eventually(world, async () => {
            const again = await write(world, { version }).catch(() => undefined);
            return again?.outcome === 'committed' && again.version === version + 1;
          });
          const other = { version, writeId: 'of somebody else' };
          expect(await write(world, other)).toEqual({ outcome: 'conflict' });
        }
        expect(landedLate).toBe(true);
      }));

    it('answer with old values where one was deposed, and not between two looks at one term', () =>
      run(async (world) => {
        const before = await world.revocations.leaderTerm();
        await world.deposeActive();
        await world.until(async () => {
          // Another replica's: it asks a node that forwards, or looks for itself.
          const writing = write(world, { version: 0, users: world.hasty.users });
          return (await outcomeOf(writing)) === 'committed';
        });
        const read = await world.users.read(USER).catch(() => undefined);
        const after = await world.revocations.leaderTerm().catch(() => 'none');
        if (after === before) expect(read).toMatchObject({ version: 1 });
        await eventually(world, async () => (await readNow(world))?.version === 1);
      }));

    it('have everything that was committed when the active one is gone', () =>
      run(async (world) => {
        expect(await write(world, { version: 0 })).toEqual(committed(1));
        const before = await world.revocations.leaderTerm();
        await world.killActive();
        await world.until(() => hasOtherTerm(world, before));
        expect(await world.users.read(USER)).toMatchObject({ version: 1, writeId: 'write-0' });
        expect(await write(world, { version: 1 })).toEqual(committed(2));
      }));

    it('have a new active one while the old one is paused, and the old one does not count again', () =>
      run(async (world) => {
        expect(await write(world, { version: 0 })).toEqual(committed(1));
        const before = await world.revocations.leaderTerm();
        const deposed = await world.pauseActive();
        await world.until(() => hasOtherTerm(world, before));
        await eventually(world, async () => {
          return (await outcomeOf(write(world, { version: 1 }))) === 'committed';
        });
        deposed.goOn();
        for (let version = 2; version < WRITES; version += 1) {
          expect(await write(world, { version })).toEqual(committed(version + 1));
          expect(await world.revocations.leaderTerm()).not.toBe(before);
          expect(await world.users.read(USER)).toMatchObject({ version: version + 1 });
          const seen = await deposed.read(USER);
          expect(seen.version).toBeLessThanOrEqual(version + 1);
        }
        await world.until(async () => (await deposed.read(USER)).version === WRITES);
      }));
  });
}

interface Write {
  /** The one that it takes for the current version. */
  readonly version: number;
  readonly writeId?: string;
  /** Default: the world's patient ones. */
  readonly users?: UserStore;
}

function write(world: ClusterWorld, { version, writeId = `write-${version}`, users }: Write) {
  const condition = { expectedVersion: version, writeId };
  return (users ?? world.users).write(newUserRecord(USER, version), condition);
}

function committed(version: number) {
  return { outcome: 'committed', version };
}

async function outcomeOf(writing: ReturnType<typeof write>): Promise<string> {
  return writing.then(
    ({ outcome }) => outcome,
    (error: unknown) => {
      if (!isFailure(error)) throw error;
      return error.reason;
    },
  );
}

/** A look that fails says nothing. */
async function hasOtherTerm(world: ClusterWorld, before: string): Promise<boolean> {
  return (await world.revocations.leaderTerm().catch(() => before)) !== before;
}

/** As a replica does it: it looks again and again for the active node. */
function eventually(world: ClusterWorld, condition: () => Promise<boolean>, timeoutMs?: number) {
  return world.until(async () => {
    await world.revocations.leaderTerm().catch(() => undefined);
    return condition();
  }, timeoutMs);
}

/** Undefined where that fails: it says nothing. */
function readNow({ users }: ClusterWorld) {
  return users.read(USER).catch(() => undefined);
}

async function landsSoon(world: ClusterWorld, version: number): Promise<boolean> {
  const hasLanded = async () => (await readNow(world))?.version === version;
  return eventually(world, hasLanded, SOON_MS).then(
    () => true,
    () => false,
  );
}
