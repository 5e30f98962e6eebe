import { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { VaultClient } from '../vault-client.ts';
import { absentVersion, verdictOf } from '../vault-errors.ts';
import { whenReady } from './fresh-mount.ts';
import { Refusal, unexpectedReply } from './refusal.ts';

const readReply = z.object({
  data: z.object({ data: z.unknown(), metadata: z.object({ version: z.number().int() }) }),
});

export interface OwnRecord {
  readonly fields: unknown;
  readonly version: number;
}

/** Reads and writes the single records of the service's mount for init. */
export class OwnRecords {
  readonly #client: VaultClient;
  readonly #mount: string;
  readonly #clock: Clock;

  constructor(client: VaultClient, options: { readonly mount: string; readonly clock: Clock }) {
    this.#client = client;
    this.#mount = options.mount;
    this.#clock = options.clock;
  }

  /**
   * What is stored under `name`; undefined where nothing ever was.
   * @throws Refusal, also for a record that was deleted: a new one in its place could lose users
   */
  async read(name: string): Promise<OwnRecord | undefined> {
    const path = `${this.#mount}/data/${name}`;
    const reply = await whenReady(this.#clock, () => this.#client.read(path));
    if (verdictOf(reply) === 'absent') {
      const version = absentVersion(reply.body);
      if (version === 0) return undefined;
      throw new Refusal(
        `${this.#mount}/${name} was deleted: restore it with \`vault kv undelete -versions=${version} ${this.#mount}/${name}\`, or from a backup.`,
      );
    }
    const parsed = readReply.safeParse(reply.body);
    if (verdictOf(reply) !== 'ok' || !parsed.success) throw unexpectedReply(reply, `read ${path}`);
    return { fields: parsed.data.data.data, version: parsed.data.data.metadata.version };
  }

  /**
   * Writes over `version`, 0 for a record that never was.
   * @throws Refusal, also when somebody else wrote at the same time
   */
  async write(name: string, fields: object, version: number): Promise<void> {
    const path = `${this.#mount}/data/${name}`;
    const reply = await whenReady(this.#clock, () =>
      this.#client.write(path, { data: fields, options: { cas: version } }),
    );
    switch (verdictOf(reply)) {
      case 'ok':
        return;
      case 'conflict':
        throw new Refusal(
          `${this.#mount}/${name} was just written by somebody else: run this again.`,
        );
      default:
        throw unexpectedReply(reply, `write ${path}`);
    }
  }
}
