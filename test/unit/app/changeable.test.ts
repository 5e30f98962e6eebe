import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Changeable, change, changeable, type Users } from '../../../src/app/changeable.ts';
import type { Config } from '../../../src/config/config-sections.ts';
import { IdleEntryLog } from '../../../src/config/idle-entry-log.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createCertificateAuthority } from '../../../src/dev/certificates.ts';
import { UnprovenChange } from '../../../src/domain/startup-problems.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { configFiles, readFrom, SERVER } from '../../support/config-files.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';

const files = await configFiles();
files.set('vault-ca.pem', (await createCertificateAuthority('Vault')).cert);

/** The service's configuration, with these keys of `vault` beside the usual ones. */
function configWith(vault: object): Config {
  const text = stringify({ ...SERVER, vault: { ...SERVER.vault, ...vault } });
  const readFile = readFrom(new Map([...files, ['tokenvault.yaml', text]]));
  return loadConfig({ env: {}, file: 'tokenvault.yaml', readFile });
}

/** What is in use once a service that began with `first` has taken `next`. */
async function afterChange(first: Config, next: Config, cutsOff = false): Promise<Changeable> {
  const inUse = changeable(first);
  const users: Users = {
    vault: {
      problemsWith: async () => [],
      cutsOff: async () => cutsOff,
      useToken: () => undefined,
    },
    server: { setTls: () => undefined, forTokens: undefined },
    idleEntries: new IdleEntryLog(first, new RecordingLogger()),
    clock: systemClock,
  };
  await change(inUse, next, users);
  return inUse;
}

it('how Vault is known changes by its files alone: its name, and whether it is believed, need a restart', async () => {
  const { vaultTls } = await afterChange(
    configWith({ ca_file: 'ca.pem', server_name: 'vault.internal' }),
    configWith({ ca_file: 'vault-ca.pem', server_name: 'elsewhere.internal', skip_verify: true }),
  );
  expect(vaultTls).toMatchObject({
    caPem: files.get('vault-ca.pem'),
    serverName: 'vault.internal',
    skipVerify: false,
  });
});

it('an authority with which Vault cannot be reached, while it can be, is refused', async () => {
  const refused = afterChange(configWith({}), configWith({ ca_file: 'vault-ca.pem' }), true);
  await expect(refused).rejects.toThrow(UnprovenChange);
  await expect(refused).rejects.toThrow(/^vault\.ca_file must name the authority/);
});
