import type { z } from 'zod';
import { type Environment, unknownVariables } from './environment.ts';
import type { Merged } from './merge-sources.ts';
import { dotted } from './problem-at.ts';

/** A sentence for what the schema found wrong: the key, where its value came from, what may be. */
export function issueSentence(issue: z.core.$ZodIssue, merged: Merged): string {
  const place = dotted(issue.path);
  const leaf = leafOf(issue.path, merged);
  if (leaf === undefined) return `${place || 'The configuration file'} ${issue.message}.`;
  const origin = merged.origins.get(leaf.key);
  if (origin !== undefined) return `${place} (${origin}) ${issue.message}.`;
  return `${place} is missing: it ${issue.message}. Set it in the configuration file or as ${leaf.variable}.`;
}

/** Sentences for variables and flags that look like ours and are none. */
export function unknownInputs(
  inputs: { readonly env: Environment; readonly flags: Readonly<Record<string, string>> },
  merged: Merged,
): readonly string[] {
  const flags = Object.keys(inputs.flags).filter((key) => !merged.variables.has(key));
  return [
    ...flags.map((key) => `${key} (from the command line) is not a key of the configuration.`),
    ...unknownVariables(inputs.env, new Set(merged.variables.values())).map(
      (name) => `${name} is not a variable that TokenVault reads: correct its name or unset it.`,
    ),
  ];
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
