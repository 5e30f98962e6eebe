import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import { SteadyLoad } from '../sigterm/steady-load.ts';
import { askForToken, exchange, getAccessToken } from './attempts.ts';
import { persistently } from './persistent-call.ts';
import { KINDS, type Kind, PREPARED_WITHIN_MS, VaultCalls } from './vault-calls.ts';

export interface LoadSizes {
  /** Users of whom every replica has a token. */
  readonly readers: number;
  readonly cachedPerSecond: number;
  /** Of each kind. */
  readonly vaultPerSecond: number;
  /** Of every call. */
  readonly deadlineMs: number;
  /** Users connected before the load begins. */
  readonly ahead: number;
}

/** Callers that go on at their pace, whatever becomes of Vault. */
export interface Load {
  readonly cached: SteadyLoad;
  readonly vault: readonly SteadyLoad[];
  readonly calls: VaultCalls;
  /** Sends no more, and waits for what is under way. */
  stop(): Promise<void>;
}

/** Each with a connection of its own, as the processes that ask for tokens have. */
const SERVICES_PER_REPLICA = 4;

/** Connects users, fills the caches, and begins. */
export async function startLoad(world: FaultWorld, sizes: LoadSizes): Promise<Load> {
  const readers = names('reader', sizes.readers);
  for (const [turn, user] of readers.entries()) {
    await persistently(await exchange({ world, user, turn }), PREPARED_WITHIN_MS);
    const asked = world.replicas.map((_, each) => getAccessToken({ world, user, turn: each }));
    await Promise.all(asked.map((attempt) => persistently(attempt, PREPARED_WITHIN_MS)));
  }
  const calls = new VaultCalls(world, sizes.deadlineMs);
  await calls.prepare(names('early', sizes.ahead));
  const services = world.replicas.flatMap((replica) =>
    Array.from({ length: SERVICES_PER_REPLICA }, () => replica.connectAs('drive-worker')),
  );
  const cached = new SteadyLoad({
    what: 'cached GetAccessToken',
    callers: services.map((service) => (user) => askForToken(service, user)(sizes.deadlineMs)),
    perSecond: sizes.cachedPerSecond,
    userOf: (index) => readers[index % readers.length] ?? '',
  });
  const vault = KINDS.map((kind) => loadOf(kind, { world, calls, sizes }));
  const all = [cached, ...vault];
  const stop = async () => {
    await Promise.all(all.map((load) => load.stop()));
    for (const service of services) service.close();
  };
  return { cached, vault, calls, stop };
}

interface Parts {
  readonly world: FaultWorld;
  readonly calls: VaultCalls;
  readonly sizes: LoadSizes;
}

function loadOf(kind: Kind, { world, calls, sizes }: Parts): SteadyLoad {
  return new SteadyLoad({
    what: kind,
    callers: world.replicas.map(
      (_, turn) => (user) =>
        kind === 'ExchangeCode' ? calls.exchange(turn, user) : calls.next(kind, turn),
    ),
    perSecond: sizes.vaultPerSecond,
    userOf: (index) => `late-${index}`,
  });
}

function names(what: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${what}-${index}`);
}
