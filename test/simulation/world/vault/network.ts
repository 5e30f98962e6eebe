import type { VaultReply, VaultWire } from '../../../../src/vault/vault-client.ts';
import { VaultFault } from '../../../../src/vault/vault-fault.ts';
import type { VaultRequest } from '../../../../src/vault/vault-transport.ts';
import type { History } from '../../history.ts';
import type { Dice } from '../dice.ts';
import type { Scheduler } from '../scheduler.ts';
import type { SimProcess } from '../sim-process.ts';
import type { Tell } from '../story.ts';
import type { Weather } from '../weather.ts';
import type { VaultCluster } from './cluster.ts';
import { refusal } from './kv-mount.ts';
import type { VaultNode } from './vault-node.ts';

export interface NetworkDeps {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly weather: Weather;
  readonly history: History;
  readonly tell: Tell;
}

type Outcome = VaultReply | VaultFault;

/** What a reading of the log asks for. */
const READINGS = ['/sys/leader', '/revocation-log'];
const NOBODY = () => undefined;
/** A reading of the log that takes a second counts as failed: known just before that. */
const SOON_MS = 999;

/** The wires between the replicas and Vault's nodes. */
export class VaultNetwork {
  /** How a replica is cut off, by its process's name. */
  readonly cut = new Map<string, 'refused' | 'silent'>();
  #travelling = 0;
  readonly #cluster: VaultCluster;
  readonly #deps: NetworkDeps;

  constructor(cluster: VaultCluster, deps: NetworkDeps) {
    this.#cluster = cluster;
    this.#deps = deps;
  }

  /** Requests that have left and not arrived: each may still take effect. */
  get travelling(): number {
    return this.#cluster.nodes.reduce((sum, node) => sum + node.arriving, this.#travelling);
  }

  /** The transport of one process to one address. */
  wire(process: SimProcess, address: string, timeoutMs: number): VaultWire {
    return {
      send: (request) => this.#send(process, { address, request, timeoutMs }),
      close: () => Promise.resolve(),
    };
  }

  #send(
    process: SimProcess,
    message: { address: string; request: VaultRequest; timeoutMs: number },
  ): Promise<VaultReply> {
    const { address, request } = message;
    const text = `${request.method} ${request.path}`;
    const note = this.#watchReading(process, request);
    return new Promise((resolve, reject) => {
      let over = false;
      const settle = (outcome: Outcome) => {
        if (over) return;
        over = true;
        cancel();
        note(outcome);
        this.#deps.tell?.(process.name, `${text} at ${address}: ${shown(outcome)}`);
        if (outcome instanceof VaultFault) reject(outcome);
        else resolve(outcome);
      };
      const timedOut = () => settle(new VaultFault({ sent: true, code: 'TIMEOUT' }));
      const cancel = process.schedule(message.timeoutMs, timedOut);
      this.#carry(process, { ...message, text }, (outcome) => {
        if (this.cut.get(process.name) === 'silent') return;
        process.reach(this.#deps.weather.travel(`${process.name} ${text}`, 'back'), () =>
          settle(outcome),
        );
      });
    });
  }

  /** Takes the request to the node, and whatever comes of it back. */
  #carry(
    process: SimProcess,
    { address, request, text }: { address: string; request: VaultRequest; text: string },
    back: (outcome: Outcome) => void,
  ): void {
    const { scheduler, weather, dice } = this.#deps;
    const cut = this.cut.get(process.name);
    const node = this.#cluster.nodeAt(address);
    if (cut === 'silent') return;
    if (cut === 'refused' || node === undefined || node.condition === 'down') {
      back(new VaultFault({ sent: false, code: 'ECONNREFUSED' }));
      return;
    }
    const fate = weather.fate();
    if (fate === 'request-lost') return;
    const { connections } = node;
    this.#travelling += 1;
    scheduler.after(weather.travel(`${process.name} ${text}`, 'there'), () => {
      this.#travelling -= 1;
      // What a killed process had not yet written is gone with it.
      if (process.isDead && dice.chance(0.3)) return;
      const isReset = () => node.connections !== connections;
      if (isReset()) back(reset());
      else if (fate === 'refused') back(refusal('try again later', dice.pick([429, 502, 503])));
      else
        this.#deliver(node, request, (reply) => {
          if (isReset()) back(reset());
          else if (fate === 'arrives') back(reply);
          else if (fate === 'refused-after')
            back(refusal('something broke', dice.pick([500, 502])));
          else if (dice.chance(0.5)) back(reset());
        });
    });
  }

  #deliver(node: VaultNode, request: VaultRequest, back: (reply: VaultReply) => void): void {
    if (node.condition === 'paused') {
      node.wait(() => this.#deliver(node, request, back));
      return;
    }
    const reply = this.#cluster.answer(node, request);
    const { leader } = this.#cluster;
    if (reply !== 'forward') back(reply);
    else if (leader?.condition === 'up' || leader?.condition === 'paused') {
      this.#deliver(leader, request, back);
    } else back(refusal('local node not active but active cluster node not found', 500));
  }

  /** Readings of the log that fail, or stand, are what cuts a replica off. */
  #watchReading(process: SimProcess, { method, path }: VaultRequest): (outcome: Outcome) => void {
    if (method !== 'GET' || !READINGS.some((end) => path.endsWith(end))) return NOBODY;
    const { history, scheduler } = this.#deps;
    const since = history.now().order;
    const note = () => void history.fact({ kind: 'cut-off', replica: process.name, since });
    let stands = false;
    const cancel = scheduler.after(SOON_MS, () => {
      stands = true;
      note();
    });
    return (outcome) => {
      cancel();
      const failed = outcome instanceof VaultFault || outcome.status !== 200 || isStandby(outcome);
      if (failed || stands) note();
    };
  }
}

function reset(): VaultFault {
  return new VaultFault({ sent: true, code: 'ECONNRESET' });
}

function shown(outcome: Outcome): string {
  return outcome instanceof VaultFault ? outcome.code : String(outcome.status);
}

/** The answer of a node that does not say that it is active: nothing that it gives counts. */
function isStandby({ body }: VaultReply): boolean {
  return Object(body).is_self === false;
}
