import { faultSuite } from './fault-suite.ts';
import { VAULT_FAULTS } from './nemesis/vault-faults.ts';

faultSuite('faults of Vault', VAULT_FAULTS);
