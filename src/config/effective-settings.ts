import type { z } from 'zod';
import { type Environment, firstSet } from './environment.ts';
import type { Merged } from './merge-sources.ts';
import type { Origin } from './origin.ts';
import { type SettingDoc, settingDoc, settingsOf } from './setting.ts';

/** What stands for a secret wherever a configuration is shown. */
export const REDACTED = '[redacted]';

/** What a key is set to, and by whom. */
export interface EffectiveSetting {
  /** Dotted. */
  readonly key: string;
  /** As one would write it in the file; a file is named, never quoted; undefined where unset. */
  readonly value: unknown;
  /** The file that the value names. */
  readonly file?: string;
  readonly origin: Origin;
  readonly doc: SettingDoc;
}

/** Every key of `sections`; `merged` has passed their checks, so that no secret is among the values. */
export function effectiveSettings(
  sections: Readonly<Record<string, z.ZodType>>,
  merged: Merged,
  env: Environment,
): readonly EffectiveSetting[] {
  return settingsOf(sections).flatMap(({ path, schema }) => {
    const doc = settingDoc(schema);
    if (doc === undefined) return [];
    const key = path.join('.');
    const given = merged.given.get(key);
    if (given === undefined) return [{ key, doc, ...(secretVariable(doc, env) ?? standard(doc)) }];
    return [{ key, doc, ...given, ...(doc.file && { file: String(given.value) }) }];
  });
}

function standard(doc: SettingDoc) {
  return { value: doc.default, origin: { kind: 'default' } } as const;
}

function secretVariable({ secretVariables = [] }: SettingDoc, env: Environment) {
  const found = firstSet(env, secretVariables);
  if (found === undefined) return undefined;
  return { value: REDACTED, origin: { kind: 'environment', variable: found.name } } as const;
}
