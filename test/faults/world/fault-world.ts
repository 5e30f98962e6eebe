import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RevocationSettings } from '../../../src/domain/revocation-store.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { openVault, type Vault } from '../../../src/vault/open-vault.ts';
import { type AppWorld, startWorld } from '../../support/app-world.ts';
import { type Cluster, firstNode, startCluster } from '../../support/openbao-cluster.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { until } from '../../support/until.ts';
import { GoogleRecorder } from '../history/google-recorder.ts';
import { type BrokenPromise, Histories } from '../history/histories.ts';
import { RecordedCalls } from '../history/recorded-calls.ts';
import { storyOf } from '../history/story.ts';
import { Replica } from './replica.ts';
import { restOf } from './rest.ts';

export interface FaultWorldOptions {
  /** OpenBao's. */
  readonly binary: string;
  readonly replicas: number;
  /** Takes what the processes print. Default: a new one, which goes with the world. */
  readonly folder?: string;
  /** Default: `strict`. */
  readonly mode?: RevocationSettings['mode'];
  /** Configuration of the replicas by dotted key, beside what the world itself needs. */
  readonly set?: Readonly<Record<string, string>>;
}

/** Longer than a revocation that another one has to begin again. */
const REST_WITHIN_MS = 60_000;

/** Replicas in processes of their own, three nodes of Vault, a Google, and a history of all that is asked. */
export class FaultWorld {
  readonly cluster: Cluster;
  readonly app: AppWorld;
  readonly replicas: readonly Replica[];
  readonly histories: Histories;
  readonly google: GoogleRecorder;
  readonly calls: RecordedCalls;
  /** Holds what the processes print. */
  readonly folder: string;
  /** An operator's, without any proxy: to see what is stored. */
  readonly vault: Vault;

  private constructor(
    parts: Pick<
      FaultWorld,
      'cluster' | 'app' | 'replicas' | 'histories' | 'google' | 'folder' | 'vault'
    >,
  ) {
    this.cluster = parts.cluster;
    this.app = parts.app;
    this.replicas = parts.replicas;
    this.histories = parts.histories;
    this.google = parts.google;
    this.calls = new RecordedCalls(parts.histories);
    this.folder = parts.folder;
    this.vault = parts.vault;
  }

  static async start(options: FaultWorldOptions): Promise<FaultWorld> {
    const { binary, replicas: count, mode = 'strict', set = {} } = options;
    const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'tokenvault-faults-')));
    const histories = new Histories({ mode });
    const google = new GoogleRecorder(histories);
    const cluster = await startCluster(binary, { folder: path.join(folder, 'vault') });
    const settings = { mode, boundMs: 2_000 } as const;
    const app = await startWorld({ server: firstNode(cluster), settings, set, observer: google });
    const vaultNodes = cluster.nodes.map(({ address }) => address);
    const names = Array.from({ length: count }, (_, index) => `replica-${index + 1}`);
    const replicas = await Promise.all(
      names.map((name) => Replica.make({ name, world: app, vaultNodes, folder })),
    );
    await Promise.all(replicas.map((replica) => replica.start()));
    const vault = await openAsOperator(cluster, app);
    return new FaultWorld({ cluster, app, replicas, histories, google, folder, vault });
  }

  /** A code as a mobile app gets it when the user has signed in; Google's part of it is written down. */
  async mintCode(
    user: string,
    options: { oauthClient: 'default' | 'second'; scopes: readonly string[]; prompt?: string },
  ): Promise<string> {
    const { oauthClient, ...asked } = options;
    const { clientId } = this.app.clients[oauthClient];
    const code = await this.app.google.mintCode({
      clientId,
      sub: user,
      source: 'mobile',
      ...asked,
    });
    this.google.minted(code, { user, oauthClient });
    return code;
  }

  async userLeaves(user: string): Promise<void> {
    await this.app.google.revokeUser(user);
    this.google.userLeaves(user);
  }

  /** Mends everything, restarts all that is down, and waits until all nodes and replicas are well. */
  async heal(): Promise<void> {
    this.app.google.faults.clear();
    for (const replica of this.replicas) {
      replica.healNetwork();
      replica.thaw();
    }
    for (const node of this.cluster.nodes) {
      node.thaw();
      if (node.state === 'down') await node.start();
    }
    await this.cluster.healthy();
    await Promise.all(
      this.replicas.filter(({ serves }) => !serves).map((replica) => replica.start()),
    );
  }

  /**
   * The end of a run, after which calls may be made that must go well: mends everything, and has new
   * processes finish what others left.
   */
  async settle(): Promise<void> {
    await this.heal();
    // Reconciliation begins with the start of a process, and then comes every minute only.
    await Promise.all(this.replicas.map((replica) => replica.kill()));
    await Promise.all(this.replicas.map((replica) => replica.start()));
    const converged = async () => (await this.#markers()).length === 0;
    // What is not finished then is what the checkers find.
    await until('every revocation has ended', converged, { timeoutMs: REST_WITHIN_MS }).catch(
      () => undefined,
    );
    this.histories.settled();
  }

  /**
   * Writes down what is stored of each user, and looks for promises that were broken. The story of
   * each user with one is left in `folder`.
   */
  async verdict(): Promise<readonly BrokenPromise[]> {
    const markers = await this.#markers();
    for (const user of this.histories.users) {
      this.histories.finish(user, restOf(user, await this.vault.users.read(user), markers));
    }
    const broken = this.histories.violations();
    for (const user of new Set(broken.map((promise) => promise.user))) {
      await writeFile(path.join(this.folder, `${user}.txt`), storyOf(this.histories.of(user)));
    }
    return broken;
  }

  async #markers() {
    await this.vault.revocations.leaderTerm();
    return this.vault.revocations.listMarkers(1_000);
  }

  /** @param keep leaves what was printed in `folder` */
  async close({ keep = false } = {}): Promise<void> {
    await this.vault.close();
    await Promise.all(this.replicas.map((replica) => replica.close()));
    await this.app.close();
    await this.cluster.stop();
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }
}

/** Vault without any proxy, to see what is stored. */
function openAsOperator({ nodes, rootToken }: Cluster, { mounts }: AppWorld): Promise<Vault> {
  const token = new Secret(rootToken);
  const options = {
    ...mounts,
    addresses: nodes.map(({ address }) => address),
    auth: { method: 'fixed', token },
    requestTimeoutMs: 5_000,
    readRetries: 5,
  } as const;
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  return openVault(options, { clock: systemClock, random: systemRandom, logger, metrics });
}
