import { clientStoreContract } from './client-store.ts';
import { exchangeStoreContract } from './exchange-store.ts';
import { fakeHarness } from './fake-harness.ts';
import { linkStoreContract } from './link-store.ts';
import { revocationStoreContract } from './revocation-store.ts';
import { simHarness } from './sim-harness.ts';
import type { MakeHarness } from './store-harness.ts';
import { userStoreContract } from './user-store.ts';
import { vaultHarness } from './vault-harness.ts';

/** The fakes pass what the real adapter passes: a test on fakes, or a simulation, says something about production. */
const IMPLEMENTATIONS: readonly (readonly [string, MakeHarness])[] = [
  ['memory', fakeHarness],
  ['Vault', vaultHarness],
  ['the simulated Vault', simHarness],
];

for (const [name, make] of IMPLEMENTATIONS) {
  userStoreContract(name, make);
  linkStoreContract(name, make);
  exchangeStoreContract(name, make);
  revocationStoreContract(name, make);
  clientStoreContract(name, make);
}
