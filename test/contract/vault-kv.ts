import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { verdictOf } from '../../src/vault/vault-errors.ts';

/** A server that nobody else uses, with an operator's client and a mount that demands cas. */
export interface KvSubject {
  readonly client: VaultClient;
  readonly mount: string;
  close(): Promise<void>;
}

/** What KV version 2 answers to the requests that the adapter makes: status, verdict and fields. */
export function vaultKvContract(name: string, makeSubject: () => Promise<KvSubject>): void {
  describe(`KV version 2 of ${name}`, () => {
    let subject: KvSubject;
    let records = 0;
    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(() => subject.close());

    /** A path that nothing was written to. */
    const fresh = () => {
      records += 1;
      return `folder-${records}/record`;
    };
    const url = (kind: string, path: string) => `${subject.mount}/${kind}/${path}`;
    const read = (path: string, query = '') => subject.client.read(url('data', path) + query);
    const write = (path: string, cas: number | undefined, text = 'x') =>
      subject.client.write(url('data', path), { data: { text }, options: { cas } });

    async function written(versions: number): Promise<string> {
      const path = fresh();
      for (let cas = 0; cas < versions; cas += 1) await write(path, cas, `text ${cas + 1}`);
      return path;
    }

    it('knows nothing of a record that was never written', async () => {
      const reply = await read(fresh());
      expect(reply).toMatchObject({ status: 404, body: { errors: [] } });
      expect(verdictOf(reply)).toBe('absent');
    });

    it('counts versions, and gives the newest', async () => {
      const path = await written(1);
      expect(await write(path, 1)).toMatchObject({ status: 200, body: { data: { version: 2 } } });
      const { body } = await read(path);
      expect(body).toMatchObject({ data: { data: { text: 'x' }, metadata: { version: 2 } } });
    });

    it('refuses a write over another version, and one without a version', async () => {
      const path = await written(1);
      for (const cas of [0, 2]) {
        const reply = await write(path, cas);
        expect([reply.status, verdictOf(reply)]).toEqual([400, 'conflict']);
      }
      expect((await write(path, undefined)).status).toBe(400);
      expect((await write(fresh(), 1)).status).toBe(400);
    });

    it('keeps two versions, each to be had by its number', async () => {
      const path = await written(3);
      expect(await read(path, '?version=2')).toMatchObject({
        status: 200,
        body: { data: { data: { text: 'text 2' }, metadata: { version: 2 } } },
      });
      expect((await read(path, '?version=1')).status).toBe(404);
      expect((await read(path, '?version=4')).status).toBe(404);
    });

    it('destroys versions, and goes on counting', async () => {
      const path = await written(2);
      const destroy = (versions: number[]) =>
        subject.client.write(url('destroy', path), { versions });
      expect((await destroy([1])).status).toBe(204);
      expect((await read(path)).status).toBe(200);
      expect((await destroy([2])).status).toBe(204);
      const reply = await read(path);
      expect(reply).toMatchObject({
        status: 404,
        body: { data: { data: null, metadata: { version: 2, destroyed: true } } },
      });
      expect(verdictOf(reply)).toBe('absent');
      expect((await write(path, 0)).status).toBe(400);
      expect(await write(path, 2)).toMatchObject({ body: { data: { version: 3 } } });
    });

    it('counts from the beginning once the metadata is removed', async () => {
      const path = await written(2);
      expect((await subject.client.delete(url('metadata', path))).status).toBe(204);
      expect((await read(path)).body).toMatchObject({ errors: [] });
      expect(await write(path, 0)).toMatchObject({ body: { data: { version: 1 } } });
    });

    it('removes, and destroys, what is not there', async () => {
      expect((await subject.client.delete(url('metadata', fresh()))).status).toBe(204);
      const reply = await subject.client.write(url('destroy', fresh()), { versions: [1] });
      expect(reply.status).toBe(204);
    });

    it('lists records and folders', async () => {
      const folder = `list-${records}`;
      await write(`${folder}/b`, 0);
      await write(`${folder}/a`, 0);
      await write(`${folder}/c/d`, 0);
      const { body } = await subject.client.list(url('metadata', folder));
      expect(body).toMatchObject({ data: { keys: ['a', 'b', 'c/'] } });
      expect((await subject.client.list(url('metadata', 'no-such-folder'))).status).toBe(404);
    });

    it('says when a record was last written, by its own clock', async () => {
      const path = await written(1);
      const { body, date } = await subject.client.read(url('metadata', path));
      const { updated_time } = Object(Object(body).data);
      expect(Math.abs(Date.parse(updated_time) - Number(date))).toBeLessThan(5_000);
    });

    it('knows no other mount', async () => {
      const reply = await subject.client.read('no-such-mount/data/x');
      expect([reply.status, verdictOf(reply)]).toEqual([404, 'misconfigured']);
    });

    it('names the active node', async () => {
      const { status, body } = await subject.client.read('sys/leader');
      expect(status).toBe(200);
      expect(body).toMatchObject({ is_self: true, active_time: expect.any(String) });
    });
  });
}
