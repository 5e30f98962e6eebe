import type { Clock } from '../../src/domain/clock.ts';
import { NO_METRICS } from '../../src/domain/metrics.ts';
import type { Random } from '../../src/domain/random.ts';
import { ActiveNode } from '../../src/vault/active-node.ts';
import { Kv } from '../../src/vault/kv.ts';
import { KvRequests } from '../../src/vault/kv-requests.ts';
import type { PathKey } from '../../src/vault/path-key.ts';
import { VaultUserStore } from '../../src/vault/user-store.ts';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { fixedAccess } from '../support/fixed-access.ts';
import { RecordingLogger } from '../support/recording/logger.ts';

export interface DirectUsersOptions {
  readonly address: string;
  readonly mount: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: (address: string) => VaultClient;
  readonly pathKey: () => Promise<PathKey>;
}

/** Users as one node gives them, whether or not it is active. */
export class DirectUsers {
  readonly #options: DirectUsersOptions;
  readonly #node: ActiveNode;
  #store: Promise<VaultUserStore> | undefined;

  constructor(options: DirectUsersOptions) {
    this.#options = options;
    // It asks its one address as long as nobody has it look for another.
    this.#node = new ActiveNode([options.address], options.connect);
  }

  async read(userId: string): ReturnType<VaultUserStore['read']> {
    this.#store ??= this.#open();
    return (await this.#store).read(userId);
  }

  close(): Promise<void> {
    return this.#node.close();
  }

  async #open(): Promise<VaultUserStore> {
    const { clock, random, mount, pathKey } = this.#options;
    const logger = new RecordingLogger();
    const access = fixedAccess({ clock, logger, metrics: NO_METRICS });
    const requests = new KvRequests({ clock, random, access, readRetries: 5 });
    return new VaultUserStore(new Kv(mount, { node: this.#node, requests }), await pathKey());
  }
}
