import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../src/config/load-config.ts';
import { configFiles, readFrom, SERVER } from '../../support/config-files.ts';

let files: Map<string, string>;

beforeAll(async () => {
  files = await configFiles();
});

/** The problems of a configuration with these sections, or none. */
function problemsOf(sections: object): readonly string[] {
  try {
    load(sections);
    return [];
  } catch (error) {
    return Object(error).problems;
  }
}

function load(sections: object) {
  const text = stringify({ ...SERVER, ...sections });
  const readFile = readFrom(new Map([...files, ['tokenvault.yaml', text]]));
  return loadConfig({ file: 'tokenvault.yaml', env: {}, readFile });
}

describe('the audit section', () => {
  it('is off, and hashes users, unless something else is said', () => {
    expect(load({}).audit).toEqual({ stdout: false, required: false, users: 'hashed' });
  });

  it.each([
    [{ audit: { file: 'a.log', required: true } }, []],
    [{ audit: { stdout: true, required: true }, log: { output: 'stderr' } }, []],
    [
      { audit: { required: true } },
      [/^audit\.required .* must be false where neither audit\.file nor audit\.stdout is set\.$/],
    ],
    [
      { audit: { file: 'a.log', stdout: true }, log: { output: 'stderr' } },
      [/^audit\.stdout .* must be false where audit\.file names a file\.$/],
    ],
    [
      { audit: { stdout: true } },
      [/^log\.output is missing: it must be stderr where audit\.stdout is true\./],
    ],
    [
      { audit: { stdout: true }, log: { output: 'stdout' } },
      [/^log\.output .* must be stderr where audit\.stdout is true\.$/],
    ],
  ])('of %j has the problems %j', (sections, expected) => {
    const problems = problemsOf(sections);
    expect(problems).toHaveLength(expected.length);
    for (const [index, problem] of expected.entries()) expect(problems[index]).toMatch(problem);
  });
});
