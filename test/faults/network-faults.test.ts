import { faultSuite } from './fault-suite.ts';
import { NETWORK_FAULTS } from './nemesis/network-faults.ts';

faultSuite('faults of networks and of Google', NETWORK_FAULTS);
