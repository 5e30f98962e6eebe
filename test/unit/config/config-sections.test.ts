import { describe, expect, it } from 'vitest';
import { configSections } from '../../../src/config/config-sections.ts';
import { unknownVariables, variableOf } from '../../../src/config/environment.ts';
import { allowedIn, settingDoc, settingsOf } from '../../../src/config/setting.ts';

const ALL = settingsOf(configSections({ readFile: () => '', listFolder: () => [], env: {} }));

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
      expect(allowedIn(schema)).toMatch(/^(?!must )\S/);
    },
  );

  it.each(ALL.map(({ path, schema }) => [path.join('.'), schema] as const))(
    '%s says what it counts where it is a bare number',
    (_key, schema) => {
      const doc = settingDoc(schema);
      expect(doc?.unit !== undefined).toBe(typeof doc?.default === 'number');
    },
  );

  it('has a variable of its own, which cannot be taken for one of Kubernetes', () => {
    const names = ALL.map(({ path }) => variableOf(path));
    expect(new Set(names).size).toBe(names.length);
    const env = Object.fromEntries(names.map((name) => [name, 'x']));
    expect(unknownVariables(env, new Set())).toEqual(names);
  });
});
