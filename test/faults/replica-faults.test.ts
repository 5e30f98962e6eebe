import { faultSuite } from './fault-suite.ts';
import { REPLICA_FAULTS } from './nemesis/replica-faults.ts';

faultSuite('faults of replicas', REPLICA_FAULTS);
