import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { VaultClient } from '../../src/vault/vault-client.ts';

/** A cluster, as the clients of its nodes; the first is the active one at the beginning. */
export interface StandbySubject {
  readonly nodes: readonly [VaultClient, VaultClient, VaultClient];
  /** Its mount demands cas. */
  readonly mount: string;
  /** Makes the active node give up its office; somebody else follows. */
  stepDown(): Promise<void>;
  close(): Promise<void>;
}

const MOST_TRIES = 300;
const WAIT = { timeout: 20_000, interval: 100 };

/** What makes a simulated cluster worth a simulation: its standbys do what real ones do. */
export function vaultStandbyContract(
  name: string,
  makeSubject: () => Promise<StandbySubject>,
): void {
  describe(`a standby of ${name}`, { timeout: 120_000 }, () => {
    let subject: StandbySubject;
    beforeAll(async () => {
      subject = await makeSubject();
    }, 120_000);
    afterAll(() => subject?.close());

    const url = (path: string) => `${subject.mount}/data/${path}`;
    const write = (node: VaultClient, path: string, cas: number) =>
      node.write(url(path), { data: { text: `text ${cas + 1}` }, options: { cas } });
    async function versionAt(node: VaultClient, path: string): Promise<number> {
      const { body } = await node.read(url(path));
      return Number(Object(Object(Object(body).data).metadata).version ?? 0);
    }

    it('says that it is none, and who is active', async () => {
      const [active, standby] = subject.nodes;
      const address = Object((await active.read('sys/leader')).body).leader_address;
      const { status, body } = await standby.read('sys/leader');
      expect(status).toBe(200);
      expect(body).toMatchObject({ is_self: false, leader_address: address });
    });

    it('gives old records right after a write, and no version that is not there', async () => {
      const [active, standby] = subject.nodes;
      let stale = 0;
      for (let cas = 0; cas < MOST_TRIES && stale === 0; cas += 1) {
        expect((await write(active, 'stale', cas)).status).toBe(200);
        const version = await versionAt(standby, 'stale');
        expect(version).toBeLessThanOrEqual(cas + 1);
        if (version < cas + 1) stale += 1;
        expect(await versionAt(active, 'stale')).toBe(cas + 1);
      }
      expect(stale).toBeGreaterThan(0);
    });

    it('hands writes on: the active node has them at once, and decides about cas', async () => {
      const [active, standby] = subject.nodes;
      await write(active, 'handed-on', 0);
      await vi.waitUntil(async () => (await write(standby, 'handed-on', 1)).status === 200, WAIT);
      expect(await versionAt(active, 'handed-on')).toBe(2);
      expect((await write(standby, 'handed-on', 1)).status).toBe(400);
      expect((await write(standby, 'handed-on', 0)).status).toBe(400);
    });

    it('refuses by itself what only the active node could take', async () => {
      const [active, standby] = subject.nodes;
      let refused = 0;
      for (let cas = 0; cas < MOST_TRIES && refused === 0; cas += 2) {
        await write(active, 'refused', cas);
        if ((await write(standby, 'refused', cas + 1)).status === 400) refused += 1;
      }
      expect(refused).toBe(1);
    });

    it('is what an active node becomes that steps down, and answers on as one', async () => {
      const [old, ...others] = subject.nodes;
      await write(old, 'left', 0);
      await subject.stepDown();
      const isActive = async (node: VaultClient) =>
        Object((await node.read('sys/leader')).body).is_self === true;
      await vi.waitUntil(
        async () => (await Promise.all(others.map(isActive))).includes(true),
        WAIT,
      );
      expect(await isActive(old)).toBe(false);
      await vi.waitUntil(async () => (await versionAt(old, 'left')) === 1, WAIT);
      await vi.waitUntil(async () => (await write(old, 'left', 1)).status === 200, WAIT);
      const [first, second] = others;
      const active = (await isActive(first)) ? first : second;
      expect(await versionAt(active, 'left')).toBe(2);
    });
  });
}
