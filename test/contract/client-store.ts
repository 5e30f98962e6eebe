import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OAuthClient } from '../../src/domain/oauth-client.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { ConfiguredClient, MakeHarness, StoreHarness } from './store-harness.ts';

const configured: ConfiguredClient = {
  clientId: 'client.apps.example',
  secrets: [new Secret('current-secret'), new Secret('previous-secret')],
  redirectUris: ['https://app.example/a', 'https://app.example/b'],
  codeSources: ['web-popup', 'mobile'],
  defaultCodeSource: 'mobile',
};

export function clientStoreContract(name: string, make: MakeHarness): void {
  describe(`OAuth clients in ${name}`, () => {
    let harness: StoreHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());

    async function read(alias: string): Promise<OAuthClient> {
      const stored = await harness.clients.read(alias);
      if (stored.kind !== 'present') throw new Error(stored.kind);
      return stored.client;
    }

    it('knows nothing of an alias that nobody configured', async () => {
      expect(await harness.clients.read('default')).toEqual({ kind: 'absent' });
    });

    it('reads what ops configured', async () => {
      await harness.configureClient('default', configured);
      const client = await read('default');
      expect(client).toMatchObject({ ...configured, alias: 'default' });
      expect(client.secrets.map((secret) => secret.reveal())).toEqual([
        'current-secret',
        'previous-secret',
      ]);
    });

    it('changes the version with the configuration, and only then', async () => {
      await harness.configureClient('default', configured);
      const { version } = await read('default');
      expect((await read('default')).version).toBe(version);
      await harness.configureClient('default', { ...configured, secrets: [new Secret('newer')] });
      const rotated = await read('default');
      expect(rotated.version).not.toBe(version);
      expect(rotated.secrets.map((secret) => secret.reveal())).toEqual(['newer']);
    });

    it('says what is wrong with a broken one, without values', async () => {
      await harness.breakClient('default');
      const stored = await harness.clients.read('default');
      expect(stored).toMatchObject({ kind: 'broken' });
      expect(stored.kind === 'broken' && stored.problem).toContain('client_secret');
    });

    it('takes no other path for an alias', async () => {
      const aliases = ['', '../path-key', 'a/b', 'Default', '__proto__', 'a%2fb', 'a'.repeat(64)];
      for (const alias of aliases) {
        expect(await harness.clients.read(alias), alias).toEqual({ kind: 'absent' });
      }
    });
  });
}
