import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../../src/config/load-config.ts';
import { configFiles, readFrom, SERVER } from '../../support/config-files.ts';

const PAGE = readFileSync(new URL('../../../docs/callers.md', import.meta.url), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```yaml\n# tokenvault\.yaml.*\n([^`]*)^```/gm)].map(
  ([, text = '']) => text,
);

let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  files = await configFiles();
});

/** Of whatever name, a file is one of its kind. */
function readFile(path: string): string {
  const read = readFrom(files);
  if (/key/.test(path)) return read('server-key.pem');
  if (/svid\.pem|server\.pem/.test(path)) return read('server.pem');
  return /\.(?:pem|crt)$/.test(path) ? read('ca.pem') : read(path);
}

describe('docs/callers.md', () => {
  it('shows four configurations, which the service takes', () => {
    expect(BLOCKS).toHaveLength(4);
    for (const text of BLOCKS) {
      const tree = stringify({ ...SERVER, ...parse(text) });
      const read = (path: string) => (path === 'tokenvault.yaml' ? tree : readFile(path));
      const sources = { file: 'tokenvault.yaml', env: {}, readFile: read };
      expect(() => loadConfig(sources)).not.toThrow();
    }
  });

  it('says of every cause why it is one', () => {
    const source = ['jwt/token-check', 'grpc/callers/certificate-caller', 'domain/bearer-token']
      .map((name) => readFileSync(new URL(`../../../src/${name}.ts`, import.meta.url), 'utf8'))
      .join();
    const causes = new Set(
      [...source.matchAll(/'((?:token|certificate|trust)_[a-z_]+)'/g)].map(([, cause]) => cause),
    );
    const [, table = ''] = PAGE.split('## Why a caller is not known');
    const documented = [...table.matchAll(/`((?:token|certificate|trust)_[a-z_]+)`/g)];
    expect(new Set(documented.map(([, cause]) => cause))).toEqual(new Set([...causes]));
  });
});
