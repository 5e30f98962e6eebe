import type { Check } from './check.ts';
import { accessCheck } from './checks/access.ts';
import { auditCheck } from './checks/audit.ts';
import { callersCheck } from './checks/callers.ts';
import { clientsCheck } from './checks/clients.ts';
import { googleClockCheck, vaultClockCheck } from './checks/clock.ts';
import { configCheck, gatewayConfigCheck } from './checks/config.ts';
import { gatewayRightsCheck, gatewayWayCheck } from './checks/gateway.ts';
import { googleCheck } from './checks/google.ts';
import { issuersCheck, loginIssuerCheck } from './checks/issuers.ts';
import { mountsCheck } from './checks/mounts.ts';
import { auditKeyCheck, logKeyCheck, recordsCheck } from './checks/records.ts';
import { gatewayTlsCheck, tlsCheck, tokenPortTlsCheck, vaultTlsCheck } from './checks/tls.ts';
import { vaultCheck } from './checks/vault.ts';

/** All that `tokenvault doctor` looks at. */
export const CHECKS: readonly Check[] = [
  configCheck,
  gatewayConfigCheck,
  vaultClockCheck,
  googleClockCheck,
  tlsCheck,
  tokenPortTlsCheck,
  vaultTlsCheck,
  gatewayTlsCheck,
  vaultCheck,
  mountsCheck,
  accessCheck,
  recordsCheck,
  auditKeyCheck,
  logKeyCheck,
  clientsCheck,
  googleCheck,
  callersCheck,
  issuersCheck,
  auditCheck,
  gatewayWayCheck,
  gatewayRightsCheck,
  loginIssuerCheck,
];
