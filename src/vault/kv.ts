import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import type { WriteCondition, WriteResult } from '../domain/store.ts';
import type { ActiveNode } from './active-node.ts';
import type { KvRequests } from './kv-requests.ts';
import { writeIdOf } from './record-text.ts';
import type { VaultClient } from './vault-client.ts';
import { absentVersion } from './vault-errors.ts';

export type KvRecord =
  /** `version` is the last one where versions were deleted, else 0. */
  | { readonly kind: 'absent'; readonly version: number }
  | {
      readonly kind: 'present';
      readonly version: number;
      readonly fields: unknown;
      /** By Vault's clock, milliseconds since the epoch. */
      readonly writtenAt: number;
    };

export interface KvWriteCondition extends WriteCondition {
  /** Where a policy may lack the right: the paths that it has to name. */
  readonly mayBeDenied?: string | undefined;
}

const SAFE_NAME = /^[A-Za-z0-9_-]+$/;
const SAFE_PATH = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/;

const timestamp = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const versionNumber = z.number().int().positive();
const readReply = z.object({
  data: z.object({
    data: z.unknown(),
    metadata: z.object({ version: versionNumber, created_time: timestamp }),
  }),
});
const writeReply = z.object({ data: z.object({ version: versionNumber }) });
const listReply = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const metadataReply = z.object({ data: z.object({ updated_time: timestamp }) });

/**
 * A KV v2 mount at the active node. Reads are repeated there; writes never are, but one whose reply
 * was lost is read back. Paths are relative to the mount. Every method may throw Failure
 * STORE_UNAVAILABLE or STORE_ACCESS_LOST.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
 */
export class Kv {
  readonly #mount: string;
  readonly #node: ActiveNode;
  readonly #requests: KvRequests;

  constructor(mount: string, deps: { readonly node: ActiveNode; readonly requests: KvRequests }) {
    this.#mount = mount;
    this.#node = deps.node;
    this.#requests = deps.requests;
  }

  /**
   * The newest version.
   * @param mayBeDenied where a policy may lack the right: the paths that it has to name
   */
  async read(path: string, mayBeDenied?: string): Promise<KvRecord> {
    const needed = this.#needed('read', mayBeDenied);
    return this.#read(this.#node.client, this.#url('data', path), needed);
  }

  /** Writes `fields` if the current version is the expected one. */
  async write(path: string, fields: object, condition: KvWriteCondition): Promise<WriteResult> {
    const client = this.#node.client;
    const url = this.#url('data', path);
    const body = { data: fields, options: { cas: condition.expectedVersion } };
    const answer = await this.#requests.write(client, () => client.write(url, body), {
      isDone: (reply) => writeReply.safeParse(reply).success,
      needed: this.#needed('create, update', condition.mayBeDenied),
    });
    if (answer === 'done') {
      return { outcome: 'committed', version: condition.expectedVersion + 1 };
    }
    return this.#readBack(client, url, { ...condition, answer });
  }

  /** Wipes the data of `versions`, which need not exist. */
  async destroy(path: string, versions: readonly number[]): Promise<void> {
    await this.#change((client) => client.write(this.#url('destroy', path), { versions }));
  }

  /** Removes the record with all versions and its counter; removing what is not there succeeds. */
  async remove(path: string): Promise<void> {
    await this.#change((client) => client.delete(this.#url('metadata', path)));
  }

  /**
   * Names of the records in a folder. Subfolders, and names that we would never give, are left out.
   * @param mayBeDenied where a policy may lack the right: the paths that it has to name
   */
  async list(folder: string, mayBeDenied?: string): Promise<readonly string[]> {
    const url = this.#url('metadata', folder);
    const answer = await this.#requests.read(this.#node.client, (client) => client.list(url), {
      schema: listReply,
      ...(mayBeDenied && { needed: `list on ${this.#mount}/metadata/${mayBeDenied}` }),
    });
    if (answer.kind === 'absent') return [];
    return answer.body.data.keys.filter((name) => SAFE_NAME.test(name));
  }

  /** How long ago the record was last written, by Vault's clock alone, milliseconds. */
  async age(path: string): Promise<number | undefined> {
    const url = this.#url('metadata', path);
    const answer = await this.#requests.read(this.#node.client, (client) => client.read(url), {
      schema: metadataReply,
    });
    if (answer.kind === 'absent' || answer.date === undefined) return undefined;
    return answer.date - answer.body.data.updated_time;
  }

  async #read(client: VaultClient, url: string, needed?: string): Promise<KvRecord> {
    const expected = { schema: readReply, ...(needed && { needed }) };
    const answer = await this.#requests.read(client, () => client.read(url), expected);
    if (answer.kind === 'absent') return { kind: 'absent', version: absentVersion(answer.body) };
    const { data, metadata } = answer.body.data;
    const { version } = metadata;
    if (data === null || data === undefined) return { kind: 'absent', version };
    return { kind: 'present', version, fields: data, writtenAt: metadata.created_time };
  }

  /**
   * Looks whether the version that this operation makes is there and is its own: also after a
   * conflict, because an earlier try of the same operation may have landed since.
   * @throws Failure STORE_UNAVAILABLE while nothing was written and it may still land
   */
  async #readBack(
    client: VaultClient,
    url: string,
    { expectedVersion, writeId, answer }: WriteCondition & { answer: 'conflict' | 'unclear' },
  ): Promise<WriteResult> {
    const version = expectedVersion + 1;
    const current = await this.#read(client, url);
    if (current.version < version) {
      if (answer === 'conflict') return { outcome: 'conflict' };
      throw new Failure('STORE_UNAVAILABLE', { detail: 'the reply to a write was lost' });
    }
    const made =
      current.version === version ? current : await this.#read(client, `${url}?version=${version}`);
    const landed = made.kind === 'present' && writeIdOf(made.fields) === writeId;
    return landed ? { outcome: 'committed', version } : { outcome: 'conflict' };
  }

  async #change(send: Parameters<KvRequests['write']>[1]): Promise<void> {
    if ((await this.#requests.write(this.#node.client, send)) === 'done') return;
    throw new Failure('STORE_UNAVAILABLE', { detail: 'the reply to a removal was lost' });
  }

  /** What a refused request on records lacks, in Vault's words. */
  #needed(capability: string, paths: string | undefined): string | undefined {
    return paths && `${capability} on ${this.#mount}/data/${paths}`;
  }

  #url(kind: 'data' | 'metadata' | 'destroy', path: string): string {
    // Percent-encoding protects nothing: Vault decodes before it routes.
    if (!SAFE_PATH.test(path)) throw new Failure('INTERNAL', { detail: 'unsafe path' });
    return `${this.#mount}/${kind}/${path}`;
  }
}
