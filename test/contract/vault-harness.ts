import { z } from 'zod';
import { decodePathKey, PATH_KEY_PATH } from '../../src/vault/mount-records.ts';
import { freshVault } from '../support/openbao.ts';
import type { ConfiguredClient, StoreHarness } from './store-harness.ts';

const kvBody = z.object({ data: z.object({ data: z.unknown() }) });
const metadataBody = z.object({
  data: z.object({
    current_version: z.number(),
    versions: z.record(z.string(), z.object({ destroyed: z.boolean() })),
  }),
});

/** The real adapter on a real server. */
export async function vaultHarness(): Promise<StoreHarness> {
  const { vault, root, mount, configMount, close } = await freshVault();
  const stored = kvBody.parse((await root.read(`${mount}/data/${PATH_KEY_PATH}`)).body);
  const pathKey = decodePathKey(stored.data.data);
  if (pathKey === undefined) throw new Error('no path key');
  const userPath = (userId: string) => `users/${pathKey.fanned('user', userId, 3)}`;
  const metadata = async (path: string) =>
    metadataBody.safeParse((await root.read(`${mount}/metadata/${path}`)).body).data?.data;
  const corrupt = async (path: string) => {
    const cas = (await metadata(path))?.current_version ?? 0;
    await root.write(`${mount}/data/${path}`, { data: { record: '{"' }, options: { cas } });
  };
  const configure = (alias: string, data: object) =>
    root.write(`${configMount}/data/clients/${alias}`, { data });
  return {
    ...vault,
    close,
    corruptUser: (userId) => corrupt(userPath(userId)),
    corruptLink: (name) => corrupt(`links/${pathKey.fanned('link', name, 3)}`),
    corruptExchange: (code) => corrupt(`exchanges/${pathKey.fanned('exchange', code, 2)}`),
    async keptUserVersions(userId) {
      const versions = Object.values((await metadata(userPath(userId)))?.versions ?? {});
      return versions.filter(({ destroyed }) => !destroyed).length;
    },
    async configureClient(alias, client) {
      await configure(alias, flatFields(client));
    },
    async breakClient(alias) {
      await configure(alias, { client_id: 'client.apps.example', code_sources: 'mobile' });
    },
  };
}

/** As `vault kv put` would write it. */
function flatFields(client: ConfiguredClient): Record<string, string> {
  const [current, previous] = client.secrets;
  return {
    client_id: client.clientId,
    client_secret: current.reveal(),
    previous_client_secret: previous?.reveal() ?? '',
    redirect_uris: client.redirectUris.join(', '),
    code_sources: client.codeSources.join(' '),
    default_code_source: client.defaultCodeSource,
  };
}
