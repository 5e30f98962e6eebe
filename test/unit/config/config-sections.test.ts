import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { unknownVariables, variableOf } from '../../../src/config/environment.ts';
import { configSections } from '../../../src/config/load-config.ts';
import { sectionKeys, settingDoc } from '../../../src/config/setting.ts';

interface Setting {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
}

function settings(
  keys: Readonly<Record<string, z.ZodType>>,
  path: readonly string[] = [],
): readonly Setting[] {
  return Object.entries(keys).flatMap(([name, schema]) => {
    const below = sectionKeys(schema);
    const here = [...path, name];
    return below === undefined ? [{ path: here, schema }] : settings(below, here);
  });
}

const ALL = settings(configSections(() => '', {}));

describe('every key of the configuration', () => {
  it('is found', () => {
    expect(ALL.map(({ path }) => path.join('.'))).toContain('listen.tls.client_ca_file');
    expect(ALL.length).toBeGreaterThan(25);
  });

  it.each(ALL.map(({ path, schema }) => [path.join('.'), schema] as const))(
    '%s has its documentation, and a default that passes its own check',
    (_key, schema) => {
      const doc = settingDoc(schema);
      expect(doc?.doc).toMatch(/^[A-Z].*\.$/);
      const absent = schema.safeParse(undefined).success;
      expect(absent).toBe(doc?.default !== undefined || doc?.optional === true);
    },
  );

  it('has a variable of its own, which cannot be taken for one of Kubernetes', () => {
    const names = ALL.map(({ path }) => variableOf(path));
    expect(new Set(names).size).toBe(names.length);
    const env = Object.fromEntries(names.map((name) => [name, 'x']));
    expect(unknownVariables(env, new Set())).toEqual(names);
  });
});
