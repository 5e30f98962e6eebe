import { Dice } from '../simulation/world/dice.ts';
import { VaultCluster } from '../simulation/world/vault/cluster.ts';
import { directClient } from '../support/direct-wire.ts';
import { freshMounts, rootClient } from '../support/openbao.ts';
import { vaultKvContract } from './vault-kv.ts';

vaultKvContract('OpenBao', async () => {
  const client = rootClient();
  const { mount, configMount } = await freshMounts(client);
  const close = async () => {
    await client.delete(`sys/mounts/${mount}`);
    await client.delete(`sys/mounts/${configMount}`);
    await client.close();
  };
  return { client, mount, close };
});

vaultKvContract('the simulated Vault', async () => {
  const address = 'http://vault-1.example:8200';
  const mounts = new Map([['m', { casRequired: true, maxVersions: 2 }]]);
  const clocks = { time: () => 0, wall: () => Date.UTC(2026, 0, 1) };
  const cluster = new VaultCluster(
    { addresses: [address], mounts },
    { dice: new Dice(1), ...clocks },
  );
  return { client: directClient(cluster, address), mount: 'm', close: () => Promise.resolve() };
});
