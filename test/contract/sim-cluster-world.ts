import { sleep } from '../../src/domain/clock.ts';
import { NO_METRICS } from '../../src/domain/metrics.ts';
import type { Random } from '../../src/domain/random.ts';
import { openVault, type Vault } from '../../src/vault/open-vault.ts';
import { VaultClient, type VaultWire } from '../../src/vault/vault-client.ts';
import { History } from '../simulation/history.ts';
import { Dice } from '../simulation/world/dice.ts';
import { Scheduler } from '../simulation/world/scheduler.ts';
import { SimProcess } from '../simulation/world/sim-process.ts';
import { CONFIG_MOUNT, MOUNT, SimVault } from '../simulation/world/sim-vault.ts';
import { VaultNetwork } from '../simulation/world/vault/network.ts';
import { VaultTroubles } from '../simulation/world/vault/troubles.ts';
import type { VaultNode } from '../simulation/world/vault/vault-node.ts';
import { CALM, Weather } from '../simulation/world/weather.ts';
import { TOKEN } from '../support/direct-wire.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { DirectUsers } from './direct-users.ts';
import type { ClusterWorld, PausedNode } from './vault-cluster.ts';

const PATIENT_MS = 2_000;
const HASTY_MS = 150;
const LOOK_MS = 50;
const LONG_MS = 20_000;

/** The real adapter before the simulated cluster, in virtual time: it goes on while somebody waits. */
export class SimClusterWorld implements ClusterWorld {
  readonly #scheduler: Scheduler;
  readonly #vault: SimVault;
  readonly #weather: Weather;
  readonly #network: VaultNetwork;
  readonly #troubles: VaultTroubles;
  readonly #process: SimProcess;
  readonly #random: Random;
  readonly #standby: DirectUsers;
  #stores: { readonly patient: Vault; readonly hasty: Vault } | undefined;
  #lost: 'request' | 'reply' | undefined;

  private constructor(seed: number) {
    const dice = new Dice(seed);
    const scheduler = new Scheduler(dice);
    const time = () => scheduler.now;
    const wall = () => Date.UTC(2026, 0, 1) + scheduler.now;
    const history = new History({ mode: 'available' }, time);
    const common = { dice, scheduler, history, users: [], tell: undefined, time, wall };
    const profile = { vaultNodes: 3, boundMs: 2_000, mode: 'available' } as const;
    this.#scheduler = scheduler;
    this.#vault = new SimVault(profile, common);
    const { cluster } = this.#vault;
    this.#weather = new Weather(CALM, dice);
    this.#network = new VaultNetwork(cluster, { ...common, weather: this.#weather });
    this.#troubles = new VaultTroubles({ ...common, cluster });
    this.#process = new SimProcess({ name: 'r1/1', wallAtStart: wall() }, common);
    this.#random = { id: () => dice.id(), unit: () => dice.unit() };
    this.#standby = this.#direct(found(cluster.nodes.find((node) => node !== cluster.leader)));
  }

  /** Runs `scenario` in a world of its own, and the world until that is over. */
  static async run(seed: number, scenario: (world: ClusterWorld) => Promise<void>): Promise<void> {
    const world = new SimClusterWorld(seed);
    const work = world.#open().then(() => scenario(world));
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    work.then(end, end);
    while (!isOver) await world.#scheduler.run(() => isOver);
    return work;
  }

  get users() {
    return found(this.#stores).patient.users;
  }

  get hasty() {
    return found(this.#stores).hasty;
  }

  get revocations() {
    return found(this.#stores).patient.revocations;
  }

  readAtStandby(userId: string) {
    return this.#standby.read(userId);
  }

  loseNextWrite(what: 'request' | 'reply'): void {
    this.#lost = what;
  }

  async pauseActive(): Promise<PausedNode> {
    const node = found(this.#vault.cluster.leader);
    const direct = this.#direct(node);
    this.#troubles.pause(node);
    return { goOn: () => this.#troubles.goOn(node), read: (userId) => direct.read(userId) };
  }

  async deposeActive(): Promise<void> {
    this.#troubles.stepDown();
  }

  async killActive(): Promise<void> {
    this.#troubles.leaderDies();
  }

  async until(condition: () => Promise<boolean>, timeoutMs = LONG_MS): Promise<void> {
    const deadline = this.#scheduler.now + timeoutMs;
    while (!(await condition())) {
      if (this.#scheduler.now >= deadline) throw new Error(`Not within ${timeoutMs} ms.`);
      await sleep(this.#process, LOOK_MS);
    }
  }

  async #open(): Promise<void> {
    const [patient, hasty] = await Promise.all([
      this.#adapter(PATIENT_MS, 2),
      this.#adapter(HASTY_MS, 0),
    ]);
    this.#stores = { patient, hasty };
  }

  #adapter(requestTimeoutMs: number, readRetries: number): Promise<Vault> {
    const deps = { clock: this.#process, random: this.#random, metrics: NO_METRICS };
    return openVault(
      {
        addresses: this.#vault.cluster.nodes.map(({ address }) => address),
        mount: MOUNT,
        configMount: CONFIG_MOUNT,
        auth: { method: 'fixed', token: TOKEN },
        requestTimeoutMs,
        readRetries,
      },
      {
        ...deps,
        logger: new RecordingLogger(),
        connect: ({ address, timeoutMs }) => this.#wire(address, timeoutMs),
      },
    );
  }

  /** A message's fate is drawn when it leaves. */
  #wire(address: string, timeoutMs: number): VaultWire {
    const wire = this.#network.wire(this.#process, address, timeoutMs);
    return {
      ...wire,
      send: (request) => {
        const lost = request.method === 'POST' ? this.#lost : undefined;
        if (lost === undefined) return wire.send(request);
        this.#lost = undefined;
        this.#weather.chances = { ...CALM, [lost === 'request' ? 'requestLost' : 'answerLost']: 1 };
        const sent = wire.send(request);
        this.#weather.chances = CALM;
        return sent;
      },
    };
  }

  #direct({ address }: VaultNode): DirectUsers {
    const options = { token: () => TOKEN, timeoutMs: PATIENT_MS, metrics: NO_METRICS };
    return new DirectUsers({
      address,
      mount: MOUNT,
      clock: this.#process,
      random: this.#random,
      connect: (node) => {
        const wire = this.#wire(node, PATIENT_MS);
        return new VaultClient({ ...options, address: node, clock: this.#process }, wire);
      },
      pathKey: async () => this.#vault.pathKey,
    });
  }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there');
  return value;
}
