import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  codeOf,
  importsOf,
  packageOf,
  type SourceFile,
  sourceFiles,
} from '../support/source-files.ts';

const BELOW_APP = [
  'grpc',
  'google',
  'vault',
  'jwt',
  'http',
  'gateway',
  'client',
  'service',
  'config',
  'audit',
  'keys',
  'observability',
  'system',
  'concurrency',
  'domain',
  'gen',
];
const BELOW_ENTRIES = ['app', ...BELOW_APP];

/** Which parts a part may import beside itself. Arrows go down only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: BELOW_ENTRIES,
  // `tokenvault serve` and `tokenvault gateway` start these two.
  cli: ['main', 'gateway/main', 'doctor', ...BELOW_ENTRIES],
  dev: BELOW_ENTRIES,
  'gateway/main': BELOW_ENTRIES,
  app: BELOW_APP,
  // It looks at everything that the service is made of, without the service.
  doctor: ['google', 'vault', 'jwt', 'http', 'config', 'audit', 'keys', 'concurrency', 'domain'],
  grpc: ['service', 'domain', 'concurrency', 'gen'],
  google: ['domain', 'concurrency', 'http'],
  jwt: ['domain', 'concurrency', 'http'],
  vault: ['domain', 'concurrency'],
  gateway: ['client', 'concurrency', 'domain'],
  client: ['system', 'keys', 'domain', 'concurrency', 'gen'],
  service: ['domain', 'concurrency'],
  config: ['system', 'keys', 'domain'],
  audit: ['domain', 'keys'],
  keys: ['domain'],
  observability: ['system', 'domain'],
  system: ['domain'],
  concurrency: ['domain'],
  http: ['domain'],
  domain: [],
  gen: [],
};

/** Packages that only these parts know. */
const AT_HOME: Readonly<Record<string, readonly string[]>> = {
  '@grpc/grpc-js': ['grpc', 'client', 'gen'],
  '@peculiar/asn1-schema': ['grpc'],
  '@peculiar/asn1-x509': ['grpc'],
  'node-vault': ['vault'],
  oauth4webapi: ['google'],
  'google-auth-library': ['google', 'client'],
  undici: ['http', 'vault'],
  jose: ['jwt', 'dev'],
  'lru-cache': ['service', 'concurrency', 'jwt', 'client'],
  '@opentelemetry/api': ['observability'],
  '@opentelemetry/core': ['observability'],
  '@opentelemetry/exporter-trace-otlp-http': ['observability'],
  '@opentelemetry/resources': ['observability'],
  '@opentelemetry/sdk-trace': ['observability'],
  pino: ['observability'],
  'prom-client': ['observability'],
  yaml: ['config', 'dev'],
  fastify: ['gateway'],
  commander: ['cli'],
};

/** Of observability, what nothing but Node is behind. */
const SYSTEM = /^observability\/(?:system-\w+|watch-folder|file-watch)\.ts$/;

/** What no code of ours has. */
const DEFAULT_EXPORT = /\bexport\s+default\b/;
const ANY = /(?:[:<,|&]|\bas)\s*any\b/;
const NON_NULL = /[\w)\]]!(?!=)(?=[.,;:)\]\s[(])/;
const SWITCHED_OFF = /biome-ignore|@ts-(?:ignore|expect-error|nocheck)/;
/** What only the entries and the system's ports have. */
const CLOCK = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bset(?:Timeout|Interval)\b/;
const CHANCE = /\bMath\.random\b|\brandom(?:Bytes|UUID|Int)\b/;
const ENVIRONMENT = /\bprocess\.(?:env|argv|exit)\b/;

const FILES = sourceFiles();
const OURS = FILES.filter((file) => partOf(file.path) !== 'gen');

/** `grpc` of `grpc/server.ts`; the entries `main` and `gateway/main` are files. */
function partOf(path: string): string {
  if (SYSTEM.test(path)) return 'system';
  if (path === 'gateway/main.ts') return 'gateway/main';
  const [folder = ''] = path.split('/');
  return folder.replace(/\.ts$/, '');
}

/** The files, of all or of some parts, whose code has what must not be there. */
function filesWith(pattern: RegExp, parts?: readonly string[]): readonly string[] {
  return OURS.filter((file) => parts === undefined || parts.includes(partOf(file.path)))
    .filter((file) => pattern.test(codeOf(file, false)))
    .map((file) => file.path);
}

/** A chain of imports that comes back to where it began, if there is one. */
function findCycle(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file).files]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of imports.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  return files.map((file) => visit(file.path, [])).find((cycle) => cycle.length > 0) ?? [];
}

describe('imports', () => {
  it('are found in every form', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type {\n  B,\n} from '../domain/b.ts';",
      "import 'reflect-metadata';",
      "import * as grpc from '@grpc/grpc-js';",
      "export * from './c.ts';",
      "export { d } from './d.ts';",
      "const e = await import('./e.ts');",
      "// import { no } from './comment.ts';",
      'const text = "export default { any }";',
    ].join('\n');
    expect(importsOf({ path: 'grpc/x.ts', text })).toEqual({
      files: ['grpc/a.ts', 'domain/b.ts', 'grpc/c.ts', 'grpc/d.ts', 'grpc/e.ts'],
      modules: ['reflect-metadata', '@grpc/grpc-js'],
    });
    expect(FILES.length).toBeGreaterThan(50);
  });

  it('go down only', () => {
    const upward = FILES.flatMap((file) => {
      const part = partOf(file.path);
      const allowed = [part, ...(MAY_IMPORT[part] ?? [])];
      return importsOf(file)
        .files.filter((target) => !allowed.includes(partOf(target)))
        .map((target) => `${file.path} imports ${target}`);
    });
    expect(upward).toEqual([]);
  });

  it('make no cycle', () => {
    const ring = [
      { path: 'a.ts', text: "import './b.ts';" },
      { path: 'b.ts', text: "import type { A } from './a.ts';" },
    ];
    expect(findCycle(ring)).toEqual(['a.ts', 'b.ts', 'a.ts']);
    expect(findCycle(FILES)).toEqual([]);
  });

  it('reach a vendor only from where it is at home', () => {
    const strays = OURS.flatMap((file) => {
      const part = partOf(file.path);
      return importsOf(file)
        .modules.filter((module) => AT_HOME[packageOf(module)]?.includes(part) === false)
        .map((module) => `${file.path} imports ${module}`);
    });
    expect(strays).toEqual([]);
  });

  it('reach no package at all from the domain', () => {
    const strays = FILES.filter((file) => partOf(file.path) === 'domain')
      .filter((file) => importsOf(file).modules.length > 0)
      .map((file) => file.path);
    expect(strays).toEqual([]);
  });

  it('need nothing at run time that is installed for development only', () => {
    const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
    const installed = Object.keys(JSON.parse(manifest).dependencies);
    const missing = FILES.filter((file) => partOf(file.path) !== 'dev').flatMap((file) =>
      importsOf(file)
        .modules.filter((module) => !module.startsWith('node:'))
        .filter((module) => !installed.includes(packageOf(module)))
        .map((module) => `${file.path} imports ${module}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the library for services', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));

  /** What the package is made of: all that is reached from its entry. */
  function reached(path: string, found = new Set<string>()): ReadonlySet<string> {
    const file = FILES.find((candidate) => candidate.path === path);
    if (file === undefined || found.has(path)) return found;
    found.add(path);
    for (const next of importsOf(file).files) reached(next, found);
    return found;
  }

  it('needs the few packages that it names, in the versions that the service has', () => {
    const files = reached('client/index.ts');
    const modules = FILES.filter(({ path }) => files.has(path)).flatMap(
      (file) => importsOf(file).modules,
    );
    const packages = new Set(modules.filter((name) => !name.startsWith('node:')).map(packageOf));
    const { dependencies, peerDependencies } = read('src/client/package.json');
    expect([...packages].sort()).toEqual(
      [...Object.keys(dependencies), ...Object.keys(peerDependencies)].sort(),
    );
    expect(read('package.json').dependencies).toMatchObject(dependencies);
  });
});

describe('the search for what must not be there', () => {
  it.each([
    [DEFAULT_EXPORT, 'export default function run() {}', 'export { run };'],
    [ANY, 'const x = y as any;', 'const any = many;'],
    [ANY, 'function f(x: any) {}', "const text = ': any';"],
    [ANY, 'const list: Array<any> = [];', '/* a list: any */ const list = [];'],
    [NON_NULL, 'const x = map.get(key)!.value;', 'if (a !== b) return !c;'],
    [NON_NULL, 'const x = list[0]!;', "const text = 'list[0]!;';"],
    [CLOCK, 'const now = Date.now();', 'const now = clock.now(); const day = new Date(now);'],
    [CHANCE, 'const id = randomUUID();', 'const id = random.id();'],
    [ENVIRONMENT, 'const home = process.env.HOME;', 'const home = env.HOME;'],
  ])('%s finds %j, and not %j', (pattern, found, missed) => {
    expect(pattern.test(codeOf({ path: 'x.ts', text: found }, false))).toBe(true);
    expect(pattern.test(codeOf({ path: 'x.ts', text: missed }, false))).toBe(false);
  });
});

describe('every file', () => {
  it('has at most 250 lines', () => {
    const long = OURS.filter((file) => file.text.trimEnd().split('\n').length > 250);
    expect(long.map((file) => file.path)).toEqual([]);
  });

  it('is named in kebab case', () => {
    const odd = OURS.filter(
      (file) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(file.path),
    );
    expect(odd.map((file) => file.path)).toEqual([]);
  });

  it('has no default export, no any and no assertion that something is not null', () => {
    expect(filesWith(DEFAULT_EXPORT)).toEqual([]);
    expect(filesWith(ANY)).toEqual([]);
    expect(filesWith(NON_NULL)).toEqual([]);
  });

  it('switches no check off', () => {
    const off = OURS.filter((file) => SWITCHED_OFF.test(file.text));
    expect(off.map((file) => file.path)).toEqual([]);
  });
});

describe('the code', () => {
  const PURE = ['domain', 'service', 'concurrency'];

  it('learns time and chance from its ports alone', () => {
    expect(filesWith(CLOCK, PURE)).toEqual([]);
    expect(filesWith(CHANCE, PURE)).toEqual([]);
  });

  it('reaches no file and no socket from the use cases', () => {
    const strays = FILES.filter((file) => PURE.includes(partOf(file.path))).flatMap((file) =>
      importsOf(file)
        .modules.filter((module) => /^node:(?!crypto$|util$|assert$)/.test(module))
        .map((module) => `${file.path} imports ${module}`),
    );
    expect(strays).toEqual([]);
  });

  it('reads the environment in its entries alone', () => {
    const entries = ['main', 'cli', 'dev', 'gateway/main'];
    const parts = Object.keys(MAY_IMPORT).filter((part) => !entries.includes(part));
    // For the services that install it, the library is where they begin.
    expect(filesWith(ENVIRONMENT, parts)).toEqual(['client/token-vault.ts']);
  });
});
