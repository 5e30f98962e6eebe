import type { Alerts } from '../domain/alerts.ts';
import { Failure } from '../domain/failure.ts';
import type { Random } from '../domain/random.ts';
import type {
  RevocationLogRecord,
  RevocationMarker,
  RevocationStore,
} from '../domain/revocation-store.ts';
import type { WriteCondition, WriteResult } from '../domain/store.ts';
import type { ActiveNode } from './active-node.ts';
import type { Kv } from './kv.ts';
import { REVOCATION_LOG_PATH } from './mount-records.ts';
import type { PathKey } from './path-key.ts';
import { RecordFiles } from './record-files.ts';
import { revocationLogCodec, revocationMarkerCodec } from './revocation-codec.ts';

const MARKERS = 'revocations';

export interface RevocationStoreDependencies {
  readonly node: ActiveNode;
  readonly kv: Kv;
  readonly pathKey: PathKey;
  readonly random: Random;
  readonly alerts: Alerts;
}

/** The log as `revocation-log`, markers as `revocations/<key>-<generation>`. */
export class VaultRevocationStore implements RevocationStore {
  readonly #deps: RevocationStoreDependencies;
  readonly #log: RecordFiles<RevocationLogRecord>;
  readonly #markers: RecordFiles<RevocationMarker>;
  #logIsCorrupt = false;

  constructor(deps: RevocationStoreDependencies) {
    const pathKeyId = deps.pathKey.id;
    this.#deps = deps;
    this.#log = new RecordFiles(deps.kv, { pathKeyId, codec: revocationLogCodec });
    this.#markers = new RecordFiles(deps.kv, { pathKeyId, codec: revocationMarkerCodec });
  }

  leaderTerm(how?: { readonly atOnce: boolean }): Promise<string> {
    return this.#deps.node.leaderTerm(how);
  }

  /** @throws Failure STORED_RECORD_CORRUPT when something else is stored in the log's place */
  async readLog(): Promise<{ readonly version: number; readonly log: RevocationLogRecord }> {
    const stored = await this.#log.read(REVOCATION_LOG_PATH);
    const { version } = stored;
    const wasCorrupt = this.#logIsCorrupt;
    this.#logIsCorrupt = stored.kind === 'corrupt';
    switch (stored.kind) {
      case 'present':
        return { version, log: stored.record };
      case 'absent':
        return { version, log: { count: 0, keys: [] } };
      case 'corrupt':
        // It is read twice a second: one page lasts until it was readable again.
        if (!wasCorrupt) {
          this.#deps.alerts.raise('stored_record_corrupt', { record: REVOCATION_LOG_PATH });
        }
        throw new Failure('STORED_RECORD_CORRUPT', { detail: 'the revocation log' });
    }
  }

  writeLog(log: RevocationLogRecord, condition: WriteCondition): Promise<WriteResult> {
    return this.#log.write(REVOCATION_LOG_PATH, log, condition);
  }

  async addMarker(marker: RevocationMarker): Promise<void> {
    const condition = { expectedVersion: 0, writeId: this.#deps.random.id() };
    // A conflict says that it is there: no two revocations share a marker's name.
    await this.#markers.write(this.#pathOf(marker), marker, condition);
  }

  removeMarker(marker: RevocationMarker): Promise<void> {
    return this.#deps.kv.remove(this.#pathOf(marker));
  }

  /** Begins anywhere, so that markers that nobody can finish do not keep the same others waiting. */
  async listMarkers(limit: number): Promise<readonly RevocationMarker[]> {
    const names = await this.#deps.kv.list(MARKERS);
    const start = Math.floor(this.#deps.random.unit() * names.length);
    const markers: RevocationMarker[] = [];
    for (const name of [...names.slice(start), ...names.slice(0, start)].slice(0, limit)) {
      const path = `${MARKERS}/${name}`;
      const stored = await this.#markers.read(path, (marker) => this.#pathOf(marker) === path);
      if (stored.kind === 'present') markers.push(stored.record);
      // Without its user it cannot be finished; the user's own record still says `revoking`.
      if (stored.kind === 'corrupt') {
        this.#deps.alerts.raise('stored_record_corrupt', { record: path });
      }
    }
    return markers;
  }

  #pathOf({ userId, generation }: RevocationMarker): string {
    return `${MARKERS}/${this.#deps.pathKey.of('user', userId)}-${generation}`;
  }
}
