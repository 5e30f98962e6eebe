import { z } from 'zod';
import { NextRun } from '../concurrency/next-run.ts';
import { Failure } from '../domain/failure.ts';
import { causeOfNone, type NodeState } from './node-state.ts';
import type { VaultClient } from './vault-client.ts';
import { VaultFault } from './vault-fault.ts';

/** A term of office: who holds it, and since when. */
interface Term {
  readonly address: string;
  readonly activeTime: string;
}

interface Asked {
  readonly address: string;
  readonly state: NodeState;
}

const leaderReply = z.object({
  ha_enabled: z.boolean(),
  is_self: z.boolean(),
  active_time: z.string().optional(),
  leader_address: z.string().optional(),
});

/**
 * The one address that everything goes to. Standbys answer reads with old values, a node that was
 * deposed even does so while it takes itself for the active one: so nobody else is ever asked, also
 * not by a retry, and the log's reader asks again who is active after each of its readings.
 */
export class ActiveNode {
  readonly #connect: (address: string) => VaultClient;
  readonly #addresses: readonly string[];
  readonly #clients = new Map<string, VaultClient>();
  readonly #shared = new NextRun(() => this.#look());
  #current: string;
  #looks = 0;
  #newest = { look: 0, term: '' };

  /** `connect` is called once per address. */
  constructor(addresses: readonly string[], connect: (address: string) => VaultClient) {
    const [first] = addresses;
    if (first === undefined) throw new Error('no Vault address');
    this.#addresses = addresses;
    this.#connect = connect;
    this.#current = first;
  }

  /** Connected to the active address. An operation keeps the client that it began with. */
  get client(): VaultClient {
    return this.#clientOf(this.#current);
  }

  /** The address that everything goes to now. */
  get address(): string {
    return this.#current;
  }

  /**
   * Address and beginning of the present term of office. Where the address in use does not say that
   * it is active, the one that does becomes the address in use.
   * Calls at the same time share one look that begins after they do; `atOnce` waits for no other.
   * @throws Failure STORE_UNAVAILABLE
   */
  leaderTerm({ atOnce } = { atOnce: false }): Promise<string> {
    return atOnce ? this.#look() : this.#shared.run();
  }

  async #look(): Promise<string> {
    this.#looks += 1;
    const look = this.#looks;
    const current = this.#current;
    const here = await this.stateOf(current);
    if (here.kind === 'active') {
      return this.#use(look, { address: current, activeTime: here.activeTime });
    }
    const others = this.#addresses.filter((address) => address !== current);
    if (here.kind === 'standby') others.push(...this.#trusted(here.leaderAddress));
    const asked = await this.#ask(others);
    const found = newestActive(asked);
    if (found === undefined) {
      const detail = 'no Vault address says that it is active';
      const outside = causeOfNone([here, ...asked.map(({ state }) => state)]);
      throw new Failure('STORE_UNAVAILABLE', { detail, outside });
    }
    return this.#use(look, found);
  }

  /** Asks one address what it is. */
  async stateOf(address: string): Promise<NodeState> {
    try {
      const { status, body } = await this.#clientOf(address).read('sys/leader');
      const parsed = leaderReply.safeParse(body);
      if (status !== 200 || !parsed.success) return { kind: 'other', status };
      const { ha_enabled, is_self, active_time, leader_address } = parsed.data;
      // A single server without HA has nobody beside it.
      if (!ha_enabled || is_self) return { kind: 'active', activeTime: active_time ?? '' };
      return { kind: 'standby', leaderAddress: leader_address ?? '' };
    } catch (error) {
      if (error instanceof VaultFault) return { kind: 'unreachable', code: error.code };
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  /** Of two looks the earlier can be answered last, with what is over by then. */
  #use(look: number, { address, activeTime }: Term): string {
    if (look > this.#newest.look) {
      this.#newest = { look, term: `${address} ${activeTime}` };
      this.#current = address;
    }
    return this.#newest.term;
  }

  #ask(addresses: readonly string[]): Promise<readonly Asked[]> {
    return Promise.all(
      addresses.map(async (address) => ({ address, state: await this.stateOf(address) })),
    );
  }

  /** The token goes to no host that was not configured, whatever a standby says. */
  #trusted(leaderAddress: string): readonly string[] {
    if (!URL.canParse(leaderAddress)) return [];
    const leader = new URL(leaderAddress);
    const known = this.#addresses.some((address) => {
      const { protocol, hostname } = new URL(address);
      return protocol === leader.protocol && hostname === leader.hostname;
    });
    const listed = this.#addresses.some((address) => new URL(address).origin === leader.origin);
    return known && !listed ? [leader.origin] : [];
  }

  #clientOf(address: string): VaultClient {
    const client = this.#clients.get(address) ?? this.#connect(address);
    this.#clients.set(address, client);
    return client;
  }
}

/** Of several that say so, one was deposed and does not know yet. */
function newestActive(asked: readonly Asked[]): Term | undefined {
  return asked
    .flatMap(({ address, state }) =>
      state.kind === 'active' ? [{ address, activeTime: state.activeTime }] : [],
    )
    .sort((a, b) => Date.parse(b.activeTime) - Date.parse(a.activeTime))
    .at(0);
}
