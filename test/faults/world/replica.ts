import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TokenVaultConnection } from '../../../src/client/connect.ts';
import type { DevCaller } from '../../../src/dev/certificate-files.ts';
import type { AppWorld } from '../../support/app-world.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { ServeProcess } from '../../support/serve-process.ts';
import { until } from '../../support/until.ts';
import type { Callee } from '../history/recorded-calls.ts';

export interface ReplicaOptions {
  readonly name: string;
  readonly world: AppWorld;
  /** Addresses of the nodes of Vault. */
  readonly vaultNodes: readonly string[];
  /** Takes the output of each process. */
  readonly folder: string;
}

/** An orchestrator starts a process again that has ended, or that does not become ready. */
const SERVES_WITHIN_MS = 60_000;
const READY_WITHIN_MS = 30_000;
const RESTART_AFTER_MS = 300;
const PROBE_EVERY_MS = 50;
/** A write to it fails as on a full disk; only Linux has it. */
export const FULL_DISK = '/dev/full';

/** A replica of the service, as an operator runs it: one process after the other, behind proxies of its own. */
export class Replica implements Callee {
  readonly #options: ReplicaOptions;
  readonly vaultProxies: readonly FaultyProxy[];
  readonly googleProxy: FaultyProxy;
  #process: ServeProcess | undefined;
  #connection: TokenVaultConnection | undefined;
  #processes = 0;
  #serves = false;

  private constructor(
    options: ReplicaOptions,
    proxies: { readonly vault: readonly FaultyProxy[]; readonly google: FaultyProxy },
  ) {
    this.#options = options;
    this.vaultProxies = proxies.vault;
    this.googleProxy = proxies.google;
  }

  /** It does not run yet. */
  static async make(options: ReplicaOptions): Promise<Replica> {
    const vault = await Promise.all(options.vaultNodes.map((node) => FaultyProxy.start(node)));
    const google = await FaultyProxy.start(options.world.google.url);
    return new Replica(options, { vault, google });
  }

  /** Of the process that runs now. */
  get name(): string {
    return `${this.#options.name}/${this.#processes}`;
  }

  /** Whether it was ready and is not known to have ended since; it may be frozen. */
  get serves(): boolean {
    return this.#serves && this.#process?.end === undefined;
  }

  get connection(): TokenVaultConnection {
    if (this.#connection === undefined) throw new Error(`${this.#options.name} does not run.`);
    return this.#connection;
  }

  /** A further connection to the process that runs now. */
  connectAs(caller: DevCaller): TokenVaultConnection {
    return this.#options.world.connectAs(caller, this.#process?.port ?? 0);
  }

  /** Starts processes until one is ready. */
  async start(output?: string): Promise<void> {
    await until(
      `${this.#options.name} is ready`,
      async () => {
        const started = await this.#spawn(output);
        if (started.end === undefined) return true;
        // Where Vault was not there it could not start.
        await wait(RESTART_AFTER_MS);
        return false;
      },
      { timeoutMs: SERVES_WITHIN_MS },
    );
    this.#connection = this.connectAs('operator');
    this.#serves = true;
  }

  async #spawn(output?: string): Promise<ServeProcess> {
    this.#processes += 1;
    const { world, folder } = this.#options;
    const log = path.join(folder, `${this.#options.name}-${this.#processes}.log`);
    const started = await ServeProcess.spawn({
      configFile: world.configFile,
      flags: { ...world.flags, ...this.#addresses() },
      output: output ?? log,
    });
    this.#process = started;
    const deadline = performance.now() + READY_WITHIN_MS;
    while (started.end === undefined && !(await started.isReady())) {
      if (performance.now() >= deadline) await started.kill();
      await wait(PROBE_EVERY_MS);
    }
    return started;
  }

  #addresses(): Readonly<Record<string, string>> {
    const google = this.googleProxy.url;
    return {
      'vault.addresses': this.vaultProxies.map(({ url }) => url).join(','),
      'google.token_url': `${google}/token`,
      'google.revoke_url': `${google}/revoke`,
      'google.certs_url': `${google}/oauth2/v1/certs`,
    };
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#serves = false;
    await this.#process?.kill();
    this.#connection?.close();
  }

  /** As a deployment ends it. @returns its exit code, or its signal */
  async terminate(): Promise<string | undefined> {
    this.#serves = false;
    const end = await this.#process?.terminate();
    this.#connection?.close();
    return end;
  }

  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** The proxies let everything through. */
  healNetwork(): void {
    for (const proxy of [...this.vaultProxies, this.googleProxy]) proxy.heal();
  }

  async close(): Promise<void> {
    await this.kill();
    await Promise.all([...this.vaultProxies, this.googleProxy].map((proxy) => proxy.close()));
  }
}
