import { type AuditConfig, auditSection } from './audit-section.ts';
import { type CacheConfig, cacheSection } from './cache-section.ts';
import { type GatewaySection, gatewaySection } from './gateway-section.ts';
import { type GoogleConfig, googleSection } from './google-section.ts';
import { type LimitsConfig, limitsSection } from './limits-section.ts';
import { type ListenJwtConfig, listenJwtSection } from './listen-jwt-section.ts';
import { type ListenConfig, listenSection } from './listen-section.ts';
import { type LogConfig, logSection } from './log-section.ts';
import { type OpsConfig, opsSection } from './ops-section.ts';
import type { PolicyFile } from './policy-file.ts';
import { policySection } from './policy-section.ts';
import { reflectionKey } from './reflection-key.ts';
import type { SchemaInputs } from './schema-inputs.ts';
import { type TracesConfig, tracesSection } from './traces-section.ts';
import { unsafeSection } from './unsafe-section.ts';
import { type VaultConfig, vaultSection } from './vault-section.ts';

/** Configuration of `tokenvault serve`. Times are milliseconds. */
export interface Config {
  readonly listen: ListenConfig;
  readonly listen_jwt?: ListenJwtConfig | undefined;
  readonly ops: OpsConfig;
  readonly vault: VaultConfig;
  readonly google: GoogleConfig;
  readonly cache: CacheConfig;
  readonly limits: LimitsConfig;
  readonly reflection: boolean;
  readonly policy: PolicyFile;
  readonly audit: AuditConfig;
  readonly log: LogConfig;
  readonly traces: TracesConfig;
}

/** Configuration of `tokenvault gateway`. */
export interface GatewayConfig {
  readonly gateway: GatewaySection;
  readonly log: LogConfig;
  readonly traces: TracesConfig;
}

/** Every section that a configuration file may have. */
export function configSections(inputs: SchemaInputs) {
  return { ...serviceSections(inputs), ...gatewaySections(inputs) };
}

/** The sections of `tokenvault serve`. */
export function serviceSections(inputs: SchemaInputs) {
  const { readFile } = inputs;
  return {
    listen: listenSection(readFile),
    listen_jwt: listenJwtSection(readFile),
    ops: opsSection(),
    vault: vaultSection(inputs),
    google: googleSection(),
    cache: cacheSection(),
    limits: limitsSection(),
    reflection: reflectionKey(),
    policy: policySection(readFile),
    audit: auditSection(),
    log: logSection(),
    traces: tracesSection(),
    unsafe: unsafeSection(),
  };
}

/** The sections of `tokenvault gateway`. */
export function gatewaySections({ readFile }: SchemaInputs) {
  return {
    gateway: gatewaySection(readFile),
    log: logSection(),
    traces: tracesSection(),
    unsafe: unsafeSection(),
  };
}
