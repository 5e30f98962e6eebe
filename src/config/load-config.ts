import type { z } from 'zod';
import {
  type ConfigProblem,
  ConfigProblems,
  issueProblem,
  unknownInputs,
} from './config-problems.ts';
import {
  type Config,
  configSections,
  type GatewayConfig,
  gatewaySections,
  serviceSections,
} from './config-sections.ts';
import { debugEnvironmentProblems } from './debug-environment.ts';
import { type EffectiveSetting, effectiveSettings } from './effective-settings.ts';
import { CONFIG_FILE_VARIABLE, type Environment, firstSet } from './environment.ts';
import { type ListFolder, type ReadFile, readText } from './files.ts';
import { mergeSources } from './merge-sources.ts';
import type { SchemaInputs } from './schema-inputs.ts';
import { section } from './setting.ts';
import { unsafeSection } from './unsafe-section.ts';
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
  /** Default: there are no folders. */
  readonly listFolder?: ListFolder;
}

/** A configuration that passed every check. */
export interface LoadedConfig<Value> {
  readonly value: Value;
  /** Each key of the process, with what it is set to and by whom. */
  readonly settings: readonly EffectiveSetting[];
}

/**
 * Reads the server's configuration: flag, then `TOKENVAULT_<SECTION>_<KEY>`, then the file, then
 * what Vault's own variables say, then the default.
 * @throws ConfigProblems with everything that is wrong, and never the value of a key
 */
export function readServiceConfig(sources: ConfigSources): LoadedConfig<Config> {
  return read(serviceSections(inputsOf(sources)), sources, checkOutputs);
}

/** Reads the gateway's configuration, as `readServiceConfig` does. @throws ConfigProblems */
export function readGatewayConfig(sources: ConfigSources): LoadedConfig<GatewayConfig> {
  return read(gatewaySections(inputsOf(sources)), sources);
}

/** What can be made of a configuration, also of one that no server would take. */
export interface ConfigSurvey {
  /** Those that are good by themselves; all where there are no problems. */
  readonly sections: Partial<Config>;
  /** Everything for which `readServiceConfig` would refuse it. */
  readonly problems: readonly ConfigProblem[];
}

/** Reads the server's configuration as far as that goes, for whoever looks for what is wrong. */
export function surveyServiceConfig(sources: ConfigSources): ConfigSurvey {
  try {
    return { sections: readServiceConfig(sources).value, problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error;
    return { sections: goodSections(sources), problems: error.details };
  }
}

/** The value alone. @throws ConfigProblems */
export function loadConfig(sources: ConfigSources): Config {
  return readServiceConfig(sources).value;
}

/** The value alone. @throws ConfigProblems */
export function loadGatewayConfig(sources: ConfigSources): GatewayConfig {
  return readGatewayConfig(sources).value;
}

/** The configuration file that the sources name. */
export function configFileOf({ file, env }: ConfigSources): string | undefined {
  return file ?? firstSet(env, [CONFIG_FILE_VARIABLE])?.value;
}

/** Lines of the log among those of the audit could not be told from lines that somebody has altered. */
function checkOutputs(
  { audit, log }: Pick<Config, 'audit' | 'log'>,
  context: z.RefinementCtx,
): void {
  if (!audit.stdout || log.output === 'stderr') return;
  const message = 'must be stderr where audit.stdout is true';
  context.addIssue({ code: 'custom', path: ['log', 'output'], message });
}

/** Checks `sections`; of the others, which are another process's, only the names of the keys. */
function read<Sections extends Readonly<Record<string, z.ZodType>>>(
  sections: Sections,
  sources: ConfigSources,
  check: (value: z.output<z.ZodObject<Sections>>, context: z.RefinementCtx) => void = () =>
    undefined,
) {
  const { env, flags = {} } = sources;
  const { yaml, merged } = merge(sources);
  const problems = [
    ...merged.unknownKeys,
    ...unknownInputs({ env, flags }, merged),
    ...(allowsDebugging(merged.tree) ? [] : debugEnvironmentProblems(sources)).map(asProblem),
  ];
  // Without the file every key of it would count as missing, which says nothing.
  if (yaml.problems.length > 0) {
    throw new ConfigProblems([...yaml.problems.map(asProblem), ...problems]);
  }
  const parsed = section(sections).superRefine(check).safeParse(merged.tree);
  if (parsed.success && problems.length === 0) {
    return { value: parsed.data, settings: effectiveSettings(sections, merged, env) };
  }
  const issues = parsed.error?.issues ?? [];
  throw new ConfigProblems([...problems, ...issues.map((issue) => issueProblem(issue, merged))]);
}

function inputsOf({ env, readFile, listFolder = noFolder }: ConfigSources): SchemaInputs {
  return { env, readFile, listFolder };
}

function noFolder(): never {
  throw new Error('no folders are at hand');
}

function merge(sources: ConfigSources) {
  const { env, flags = {} } = sources;
  const file = configFileOf(sources) ?? '';
  const yaml = readConfigFile(sources);
  return {
    yaml,
    merged: mergeSources(configSections(inputsOf(sources)), { flags, env, yaml, file }),
  };
}

function goodSections(sources: ConfigSources): Partial<Config> {
  const { yaml, merged } = merge(sources);
  // Of a file that cannot be read nothing is known, and its keys' defaults are not what it says.
  if (yaml.problems.length > 0) return {};
  const parsed = Object.entries(serviceSections(inputsOf(sources))).map(
    ([name, schema]) => section({ [name]: schema }).safeParse(merged.tree).data ?? {},
  );
  // Each part has what the schema of its section gives, under the section's name.
  return Object.assign({}, ...parsed);
}

function asProblem(sentence: string) {
  return { sentence };
}

/** Asked apart, because the answer counts also where another key is wrong. */
function allowsDebugging(tree: unknown): boolean {
  const parsed = section({ unsafe: unsafeSection() }).safeParse(tree);
  return parsed.success && parsed.data.unsafe.allow_debug_environment;
}

function readConfigFile(sources: ConfigSources): ParsedYaml {
  const file = configFileOf(sources);
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
