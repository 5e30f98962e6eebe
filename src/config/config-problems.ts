import type { z } from 'zod';
import { StartupProblems } from '../domain/startup-problems.ts';
import { type Environment, unknownVariables } from './environment.ts';
import type { Merged } from './merge-sources.ts';
import { nearest } from './nearest.ts';
import { type Origin, originText } from './origin.ts';
import { dotted } from './problem-at.ts';

/** One thing that is wrong with a configuration. No value is ever quoted. */
export interface ConfigProblem {
  /** Names the key, where its value came from and what is allowed. */
  readonly sentence: string;
  /** Dotted, where one key is at fault. */
  readonly key?: string;
  /** Where its value came from, where it has one. */
  readonly origin?: Origin;
}

/** Why a configuration is refused: everything at once. */
export class ConfigProblems extends StartupProblems {
  readonly details: readonly ConfigProblem[];

  constructor(details: readonly ConfigProblem[]) {
    super(details.map(({ sentence }) => sentence));
    this.name = 'ConfigProblems';
    this.details = details;
  }
}

/** What the schema found wrong. */
export function issueProblem(issue: z.core.$ZodIssue, merged: Merged): ConfigProblem {
  const place = dotted(issue.path);
  const leaf = leafOf(issue.path, merged);
  if (leaf === undefined) {
    return { sentence: `${place || 'The configuration file'} ${issue.message}.` };
  }
  const { key, variable } = leaf;
  const origin = merged.given.get(key)?.origin;
  if (origin !== undefined) {
    return { key, origin, sentence: `${place} (${originText(origin)}) ${issue.message}.` };
  }
  const sentence = `${place} is missing: it ${issue.message}. Set it in the configuration file or as ${variable}.`;
  return { key, sentence };
}

/** Variables and flags that look like ours and are none. */
export function unknownInputs(
  inputs: { readonly env: Environment; readonly flags: Readonly<Record<string, string>> },
  { variables }: Merged,
): readonly ConfigProblem[] {
  const flags = Object.keys(inputs.flags).filter((key) => !variables.has(key));
  const strangers = unknownVariables(inputs.env, new Set(variables.values()));
  return [
    ...flags.map((key): ConfigProblem => {
      const origin: Origin = { kind: 'flag' };
      const hint = didYouMean(nearest(key, variables.keys()));
      const sentence = `${key} (${originText(origin)}) is not a key of the configuration${hint || '.'}`;
      return { key, origin, sentence };
    }),
    ...strangers.map((name): ConfigProblem => {
      const hint = didYouMean(nearest(name, variables.values()));
      const sentence = `${name} is not a variable that TokenVault reads${hint || ': correct its name or unset it.'}`;
      return { origin: { kind: 'environment', variable: name }, sentence };
    }),
  ];
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? '' : `: did you mean ${name}?`;
}

/** The key that an issue belongs to; its path may go on into a list. */
function leafOf(path: readonly PropertyKey[], merged: Merged) {
  for (let length = path.length; length > 0; length -= 1) {
    const key = path.slice(0, length).join('.');
    const variable = merged.variables.get(key);
    if (variable !== undefined) return { key, variable };
  }
  return undefined;
}
