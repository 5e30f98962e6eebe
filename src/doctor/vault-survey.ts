import { z } from 'zod';
import type { VaultConfig } from '../config/vault-section.ts';
import type { Clock } from '../domain/clock.ts';
import { isFailure } from '../domain/failure.ts';
import { NO_METRICS } from '../domain/metrics.ts';
import type { Secret } from '../domain/secret.ts';
import { ActiveNode } from '../vault/active-node.ts';
import { type MountState, readMountState } from '../vault/admin/mount-state.ts';
import { askWith } from '../vault/login/ask-with.ts';
import { LoginFault } from '../vault/login/login-fault.ts';
import type { ReadFile } from '../vault/login/login-method.ts';
import type { NodeState } from '../vault/node-state.ts';
import { VaultClient, type VaultReply } from '../vault/vault-client.ts';
import { VaultFault } from '../vault/vault-fault.ts';
import { CannotCheck } from './cannot-check.ts';
import { aheadOf } from './clock-offset.ts';
import { openSession, type ServiceSession } from './service-session.ts';

/** What an address says about itself, asked several times over several connections. */
export interface NodeReport {
  readonly address: string;
  readonly states: readonly NodeState[];
  readonly health: Health | undefined;
  /** How far its clock is ahead of ours, milliseconds, to a second. */
  readonly aheadMs: number | undefined;
}

const healthReply = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  version: z.string(),
  cluster_id: z.string().optional(),
  /** HashiCorp Vault alone says this. */
  enterprise: z.boolean().optional(),
});
export type Health = z.infer<typeof healthReply>;

/** A load balancer in front of several nodes shows in answers that differ. */
const ASKED = 4;
/** Whoever waits at a terminal is not to wait for the longest timeout that can be configured. */
const LONGEST_REQUEST_MS = 5_000;

export interface VaultSurveyDeps {
  readonly clock: Clock;
  readonly readFile: ReadFile;
}

/** Vault as the service reaches it: with its addresses, its authorities and its own login. */
export class VaultSurvey {
  readonly #config: VaultConfig;
  readonly #deps: VaultSurveyDeps;
  readonly #clients = new Map<string, VaultClient>();
  readonly #node: ActiveNode;
  #nodes: Promise<readonly NodeReport[]> | undefined;
  #term: Promise<string> | undefined;
  #session: Promise<ServiceSession> | undefined;
  /** Undefined until the service would be logged in: what a node says of itself needs none. */
  #token: Secret | undefined;
  readonly #mounts = new Map<string, Promise<MountState>>();

  constructor(config: VaultConfig, deps: VaultSurveyDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#node = new ActiveNode(config.addresses, (address) => this.#clientOf(address));
  }

  /** Every address that is configured. */
  nodes(): Promise<readonly NodeReport[]> {
    this.#nodes ??= Promise.all(this.#config.addresses.map((address) => this.#report(address)));
    return this.#nodes;
  }

  /** Whether one of the addresses leads to an active node. */
  async hasActive(): Promise<boolean> {
    try {
      this.#term ??= this.#node.leaderTerm();
      await this.#term;
      return true;
    } catch (error) {
      if (!isFailure(error)) throw error;
      return false;
    }
  }

  /** Logs in as the service does. @throws LoginFault; CannotCheck */
  async logIn(): Promise<void> {
    if (!(await this.hasActive())) {
      throw new CannotCheck('No address of Vault is that of an active node.');
    }
    const { readFile } = this.#deps;
    const ask = askWith((token) => this.#connect(this.#node.address, () => token));
    this.#session ??= openSession(this.#config.auth, { ask, readFile });
    this.#token = (await this.#session).token;
  }

  /** Connected to the active node as the service. @throws CannotCheck */
  async active(): Promise<VaultClient> {
    try {
      await this.logIn();
      return this.#node.client;
    } catch (error) {
      if (!(error instanceof LoginFault)) throw error;
      throw new CannotCheck('The service cannot log in to Vault: see the area access.');
    }
  }

  /** What is under the name of a mount. @throws CannotCheck; VaultFault */
  mountState(mount: string): Promise<MountState> {
    const asked = this.#mounts.get(mount) ?? this.#readMountState(mount);
    this.#mounts.set(mount, asked);
    return asked;
  }

  /** As `active`, for what is in a mount. @throws CannotCheck, also where that is no KV version 2; VaultFault */
  async activeFor(mount: string): Promise<VaultClient> {
    const { kind } = await this.mountState(mount);
    // Where the token may not ask, what it may read is there all the same.
    if (kind === 'kv2' || kind === 'denied') return this.active();
    throw new CannotCheck(`The mount ${mount}/ is not as it has to be: see the area mounts.`);
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.end();
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #readMountState(mount: string): Promise<MountState> {
    return readMountState(await this.active(), mount);
  }

  async #report(address: string): Promise<NodeReport> {
    const [health, ...states] = await Promise.all([
      this.#health(address),
      ...Array.from({ length: ASKED }, () => this.#node.stateOf(address)),
    ]);
    return { address, states, ...health };
  }

  async #health(address: string): Promise<Pick<NodeReport, 'health' | 'aheadMs'>> {
    const { clock } = this.#deps;
    const before = clock.now();
    const reply = await this.#healthReply(address);
    const middle = (before + clock.now()) / 2;
    const date = reply?.date;
    return {
      health: healthReply.safeParse(reply?.body).data,
      aheadMs: date === undefined ? undefined : aheadOf(date, middle),
    };
  }

  async #healthReply(address: string): Promise<VaultReply | undefined> {
    try {
      return await this.#clientOf(address).read('sys/health');
    } catch (error) {
      // Its states say that it gave no answer, and why.
      if (error instanceof VaultFault) return undefined;
      throw error;
    }
  }

  #clientOf(address: string): VaultClient {
    const client = this.#clients.get(address) ?? this.#connect(address, () => this.#token);
    this.#clients.set(address, client);
    return client;
  }

  #connect(address: string, token: () => Secret | undefined): VaultClient {
    const { namespace, tls, requestTimeoutMs } = this.#config;
    return new VaultClient({
      address,
      token,
      ...(namespace === undefined ? {} : { namespace }),
      tls: () => tls,
      timeoutMs: Math.min(requestTimeoutMs, LONGEST_REQUEST_MS),
      metrics: NO_METRICS,
      clock: this.#deps.clock,
    });
  }
}
