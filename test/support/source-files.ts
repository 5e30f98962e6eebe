import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const SOURCE = join(import.meta.dirname, '../../src');
/** Comments, and strings, which may hold what looks like a comment. */
const COMMENT_OR_STRING =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const IMPORT =
  /(?:^|[;\s])(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

/** One file of `src/`. */
export interface SourceFile {
  /** Relative to `src/`, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file of `src/`. */
export function sourceFiles(folder = SOURCE): readonly SourceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // Built from the sources, perhaps this very moment.
    if (entry.isDirectory()) return entry.name === 'dist' ? [] : sourceFiles(path);
    if (!entry.name.endsWith('.ts')) return [];
    return [
      { path: relative(SOURCE, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') },
    ];
  });
}

/** The code without its comments; without what its strings say, too, where `strings` is false. */
export function codeOf(file: SourceFile, strings: boolean): string {
  return file.text.replace(COMMENT_OR_STRING, (found) => {
    if (found.startsWith('/')) return '';
    return strings ? found : `''`;
  });
}

/** What a file imports, statically or not. */
export interface Imports {
  /** Files of ours, relative to `src/`. */
  readonly files: readonly string[];
  /** Modules of packages and of Node, as they are named. */
  readonly modules: readonly string[];
}

export function importsOf(file: SourceFile): Imports {
  const all = [...codeOf(file, true).matchAll(IMPORT)].map(
    ([, fixed, dynamic = '']) => fixed ?? dynamic,
  );
  const ours = all.filter((module) => module.startsWith('.'));
  return {
    files: ours.map((module) => join(dirname(file.path), module).replaceAll('\\', '/')),
    modules: all.filter((module) => !module.startsWith('.')),
  };
}

/** The package that a module belongs to: `@grpc/grpc-js` of `@grpc/grpc-js/build/x.js`. */
export function packageOf(module: string): string {
  return module.split('/', module.startsWith('@') ? 2 : 1).join('/');
}
