import type { CallerProofs } from '../config/provable-callers.ts';
import type { PolicyEntry } from '../domain/policy-entry.ts';
import type { CliContext } from './cli-context.ts';
import { asUsageError, type ConfigFlags, sourcesOf } from './config-flags.ts';
import { readNamedFile } from './read-file.ts';
import { UsageError } from './usage-error.ts';

export interface NamedPolicy {
  readonly file: string;
  readonly entries: readonly PolicyEntry[];
  /** Which callers there can be; undefined where no configuration says so. */
  readonly proofs?: CallerProofs;
}

/**
 * The policy in `file`, with the rest of the configuration where one is given.
 * @throws UsageError with everything that is wrong
 */
export async function policyIn(
  context: CliContext,
  file: string,
  flags: ConfigFlags,
): Promise<NamedPolicy> {
  const text = readNamedFile(context, file, 'the policy file');
  // Loaded here, so that other commands need not load the schema.
  const { parsePolicy } = await import('../config/policy-file.ts');
  const parsed = parsePolicy(text);
  if ('problems' in parsed) {
    throw new UsageError(parsed.problems.map((problem) => `${file}: ${problem}.`).join('\n'));
  }
  const { configFileOf } = await import('../config/load-config.ts');
  const isGiven = configFileOf(sourcesOf(context, flags)) !== undefined || flags.set !== undefined;
  if (!isGiven) return { file, entries: parsed.policy.callers };
  // In the place of the one that it names, which may be another, or not there yet.
  return configuredPolicy(context, { ...flags, set: { ...flags.set, 'policy.file': file } });
}

/** The policy that the configuration names. @throws UsageError with everything that is wrong */
export async function configuredPolicy(
  context: CliContext,
  flags: ConfigFlags,
): Promise<NamedPolicy> {
  const { readServiceConfig } = await import('../config/load-config.ts');
  try {
    const { value, settings } = readServiceConfig(sourcesOf(context, flags));
    const { file = 'policy.file' } = settings.find(({ key }) => key === 'policy.file') ?? {};
    return { file, entries: value.policy.callers, proofs: value };
  } catch (error) {
    throw asUsageError(error);
  }
}
