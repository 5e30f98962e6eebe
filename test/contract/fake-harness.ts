import { systemClock } from '../../src/observability/system-clock.ts';
import { FakeVault } from '../support/fakes/fake-stores.ts';
import type { StoreHarness } from './store-harness.ts';

/** The in-memory stores that most tests use. */
export async function fakeHarness(): Promise<StoreHarness> {
  const vault = new FakeVault(systemClock);
  const { users, links, exchanges, revocations, clients, keyedHash } = vault;
  return {
    ...{ users, links, exchanges, revocations, clients, keyedHash },
    corruptUser: async (userId) => vault.corrupt(userId),
    keptUserVersions: async (userId) => vault.keptUserVersions(userId).length,
    corruptLink: async (name) => vault.corruptLink(name),
    corruptExchange: async (code) => vault.corruptExchange(code),
    configureClient: async (alias, client) => {
      vault.removeClient(alias);
      vault.setClient(alias, client);
    },
    breakClient: async (alias) => vault.breakClient(alias),
    close: () => Promise.resolve(),
  };
}
