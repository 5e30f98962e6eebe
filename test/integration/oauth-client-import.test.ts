import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OAuthClient } from '../../src/domain/oauth-client.ts';
import {
  type ImportOptions,
  importOAuthClient,
} from '../../src/vault/admin/oauth-client-import.ts';
import { freshVault, sharedServer, type TestVault } from '../support/openbao.ts';

let setup: TestVault;

beforeAll(async () => {
  setup = await freshVault();
});

afterAll(() => setup.close());

function file(secret: string, clientId = 'web-client'): string {
  return JSON.stringify({
    web: {
      client_id: clientId,
      client_secret: secret,
      redirect_uris: ['https://app.example/callback'],
      javascript_origins: ['https://app.example'],
    },
  });
}

const FIRST = 'GOCSPX-first-secret-1111';
const SECOND = 'GOCSPX-second-secret-2222';

function importAs(alias: string, options: Partial<ImportOptions> = {}) {
  const { root, configMount } = setup;
  return importOAuthClient(root, { configMount, alias, file: file(FIRST), ...options });
}

/** What the service sees. */
async function clientOf(alias: string): Promise<OAuthClient> {
  const stored = await setup.vault.clients.read(alias);
  if (stored.kind !== 'present') throw new Error(`${alias} is ${JSON.stringify(stored)}`);
  return stored.client;
}

function secretsOf(client: OAuthClient): readonly string[] {
  return client.secrets.map((secret) => secret.reveal());
}

describe('tokenvault clients import', () => {
  it('stores a client that the service reads', async () => {
    const report = await importAs('default', { sources: ['mobile', 'web-popup'] });

    expect(report).toEqual({
      outcome: 'created',
      version: 1,
      clientId: 'web-client',
      secretSuffix: '…1111',
    });
    const client = await clientOf('default');
    expect(secretsOf(client)).toEqual([FIRST]);
    expect(client).toMatchObject({
      clientId: 'web-client',
      redirectUris: ['https://app.example/callback', 'https://app.example'],
      codeSources: ['mobile', 'web-popup'],
      defaultCodeSource: 'mobile',
      version: 1,
    });
  });

  it('writes no new version for the same file', async () => {
    await importAs('same', { sources: ['mobile'] });

    expect(await importAs('same')).toMatchObject({ outcome: 'unchanged', version: 1 });
    expect((await clientOf('same')).version).toBe(1);
  });

  it('rotates: both secrets are in use, the new one first', async () => {
    await importAs('rotated', { sources: ['mobile'] });

    const report = await importAs('rotated', { file: file(SECOND) });

    expect(report).toMatchObject({
      outcome: 'secret rotated',
      version: 2,
      secretSuffix: '…2222',
      previousSecretSuffix: '…1111',
    });
    expect(secretsOf(await clientOf('rotated'))).toEqual([SECOND, FIRST]);
  });

  it('refuses another client id and leaves the stored one alone', async () => {
    await importAs('owned', { sources: ['mobile'] });

    await expect(importAs('owned', { file: file(SECOND, 'other') })).rejects.toThrow(
      'another client id',
    );
    expect(await clientOf('owned')).toMatchObject({ clientId: 'web-client', version: 1 });
  });

  it('takes up an alias whose client was deleted', async () => {
    await importAs('deleted', { sources: ['mobile'] });
    await setup.root.delete(`${setup.configMount}/data/clients/deleted`);

    const report = await importAs('deleted', { sources: ['mobile'], file: file(SECOND) });

    expect(report).toMatchObject({ outcome: 'created', version: 2 });
    expect(secretsOf(await clientOf('deleted'))).toEqual([SECOND]);
  });

  it('never overwrites an import that ran at the same time', async () => {
    await importAs('raced', { sources: ['mobile'] });

    const runs = await Promise.allSettled([
      importAs('raced', { file: file(SECOND) }),
      importAs('raced', { file: file('GOCSPX-third-secret-3333') }),
    ]);

    const done = runs.flatMap((run) => (run.status === 'fulfilled' ? [run.value] : []));
    const { secrets, version } = await clientOf('raced');
    expect(done.length).toBe(version - 1);
    expect(secrets).toHaveLength(2);
  });

  it.each(['', 'Default', 'a/b', '../x', 'a b', 'a'.repeat(64), 'ü'])(
    'refuses the alias %j',
    async (alias) => {
      await expect(importAs(alias, { sources: ['mobile'] })).rejects.toThrow('An alias is');
    },
  );

  it('says what to do where init has not run', async () => {
    await expect(
      importAs('default', { configMount: 'nowhere', sources: ['mobile'] }),
    ).rejects.toThrow('run `tokenvault init`');
  });
});

describe('a change by hand, as `vault kv patch` makes it', () => {
  it('is what the service reads next', async () => {
    await importAs('by-hand', { sources: ['mobile'] });

    const reply = await fetch(
      `${sharedServer().address}/v1/${setup.configMount}/data/clients/by-hand`,
      {
        method: 'PATCH',
        headers: {
          'X-Vault-Token': sharedServer().rootToken,
          'Content-Type': 'application/merge-patch+json',
        },
        body: JSON.stringify({
          data: {
            client_secret: SECOND,
            previous_client_secret: FIRST,
            code_sources: 'web-popup, mobile',
          },
        }),
      },
    );

    expect(reply.status).toBe(200);
    const client = await clientOf('by-hand');
    expect(secretsOf(client)).toEqual([SECOND, FIRST]);
    expect(client).toMatchObject({
      codeSources: ['web-popup', 'mobile'],
      defaultCodeSource: 'mobile',
      version: 2,
    });
    expect(await importAs('by-hand', { file: file(SECOND) })).toMatchObject({ version: 3 });
  });
});
