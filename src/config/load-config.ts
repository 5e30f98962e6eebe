import type { z } from 'zod';
import { StartupProblems } from '../domain/startup-problems.ts';
import { issueSentence, unknownInputs } from './config-problems.ts';
import { debugEnvironmentProblems } from './debug-environment.ts';
import { CONFIG_FILE_VARIABLE, type Environment, firstSet } from './environment.ts';
import { type ReadFile, readText } from './files.ts';
import { type GatewaySection, gatewaySection } from './gateway-section.ts';
import { type GoogleConfig, googleSection } from './google-section.ts';
import {
  type CacheConfig,
  cacheSection,
  type LimitsConfig,
  limitsSection,
} from './limits-section.ts';
import { type ListenConfig, listenSection } from './listen-section.ts';
import { type LogConfig, logSection } from './log-section.ts';
import { mergeSources } from './merge-sources.ts';
import { type OpsConfig, opsSection } from './ops-section.ts';
import type { PolicyFile } from './policy-file.ts';
import { policySection } from './policy-section.ts';
import { section } from './setting.ts';
import { unsafeSection } from './unsafe-section.ts';
import { type VaultConfig, vaultSection } from './vault-section.ts';
import { type ParsedYaml, parseYaml } from './yaml-text.ts';

/** Everything that configuration is read from. */
export interface ConfigSources {
  /** The configuration file as the command line names it; TOKENVAULT_CONFIG names it otherwise. */
  readonly file?: string;
  readonly env: Environment;
  /** Node's own flags; default: none. */
  readonly execArgv?: readonly string[];
  /** From the command line, by dotted key, such as `log.level`. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly readFile: ReadFile;
}

/** Configuration of `tokenvault serve`. Times are milliseconds. */
export interface Config {
  readonly listen: ListenConfig;
  readonly ops: OpsConfig;
  readonly vault: VaultConfig;
  readonly google: GoogleConfig;
  readonly cache: CacheConfig;
  readonly limits: LimitsConfig;
  readonly policy: PolicyFile;
  readonly log: LogConfig;
}

/** Configuration of `tokenvault gateway`. */
export interface GatewayConfig {
  readonly gateway: GatewaySection;
  readonly log: LogConfig;
}

/** Every section that a configuration file may have. */
export function configSections(readFile: ReadFile, env: Environment) {
  return {
    listen: listenSection(readFile),
    ops: opsSection(),
    vault: vaultSection(readFile, env),
    google: googleSection(),
    cache: cacheSection(),
    limits: limitsSection(),
    policy: policySection(readFile),
    log: logSection(),
    unsafe: unsafeSection(),
    gateway: gatewaySection(readFile),
  };
}

/**
 * Reads the server's configuration: flag, then `TOKENVAULT_<SECTION>_<KEY>`, then the file, then
 * what Vault's own variables say, then the default.
 * @throws StartupProblems with everything that is wrong, and never the value of a key
 */
export function loadConfig(sources: ConfigSources): Config {
  const { gateway: _, ...sections } = configSections(sources.readFile, sources.env);
  return load(sections, sources);
}

/**
 * Reads the gateway's configuration, as `loadConfig` does.
 * @throws StartupProblems
 */
export function loadGatewayConfig(sources: ConfigSources): GatewayConfig {
  const { gateway, log, unsafe } = configSections(sources.readFile, sources.env);
  return load({ gateway, log, unsafe }, sources);
}

/** Checks `sections`; of the others, which are another process's, only the names of the keys. */
function load<Sections extends z.ZodRawShape>(sections: Sections, sources: ConfigSources) {
  const { env, flags = {}, readFile } = sources;
  const yaml = readConfigFile(sources);
  const merged = mergeSources(configSections(readFile, env), { flags, env, yaml });
  const problems = [
    ...merged.unknownKeys,
    ...unknownInputs({ env, flags }, merged),
    ...(allowsDebugging(merged.tree) ? [] : debugEnvironmentProblems(sources)),
  ];
  // Without the file every key of it would count as missing, which says nothing.
  if (yaml.problems.length > 0) throw new StartupProblems([...yaml.problems, ...problems]);
  const parsed = section(sections).safeParse(merged.tree);
  if (parsed.success && problems.length === 0) return parsed.data;
  const issues = parsed.error?.issues ?? [];
  throw new StartupProblems([...problems, ...issues.map((issue) => issueSentence(issue, merged))]);
}

/** Asked apart, because the answer counts also where another key is wrong. */
function allowsDebugging(tree: unknown): boolean {
  const parsed = section({ unsafe: unsafeSection() }).safeParse(tree);
  return parsed.success && parsed.data.unsafe.allow_debug_environment;
}

function readConfigFile(sources: ConfigSources): ParsedYaml {
  const file = sources.file ?? firstSet(sources.env, [CONFIG_FILE_VARIABLE])?.value;
  if (file === undefined) return parseYaml('');
  const read = readText(sources.readFile, file);
  if ('problem' in read) {
    const named = sources.file === undefined ? CONFIG_FILE_VARIABLE : '`--config`';
    const problem = `The configuration file ${file} ${read.problem}: correct ${named}.`;
    return { ...parseYaml(''), problems: [problem] };
  }
  const yaml = parseYaml(read.text);
  return {
    ...yaml,
    problems: yaml.problems.map((problem) => `The configuration file ${file}: ${problem}.`),
  };
}
