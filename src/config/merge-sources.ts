import type { z } from 'zod';
import { type Environment, firstSet, variableOf } from './environment.ts';
import { sectionKeys, settingDoc } from './setting.ts';
import type { ParsedYaml } from './yaml-text.ts';

/** What may give a key its value, from strong to weak; below them comes the key's default. */
export interface MergeSources {
  /** By dotted key. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Environment;
  readonly yaml: ParsedYaml;
}

/** The sources laid over each other, for the schema to check. */
export interface Merged {
  readonly tree: unknown;
  /** Where each key that is set got its value, by dotted key: `line 7`, `from TOKENVAULT_…`. */
  readonly origins: ReadonlyMap<string, string>;
  /** The variable of every key there is, by dotted key. */
  readonly variables: ReadonlyMap<string, string>;
  /** What the file has and the schema does not, each as a sentence. */
  readonly unknownKeys: readonly string[];
}

type Keys = Readonly<Record<string, z.ZodType>>;

/** Looks up every key of `sections` in every source. */
export function mergeSources(sections: Keys, sources: MergeSources): Merged {
  return new Merge(sources).run(sections);
}

class Merge {
  readonly #sources: MergeSources;
  readonly #origins = new Map<string, string>();
  readonly #variables = new Map<string, string>();
  readonly #unknownKeys: string[] = [];

  constructor(sources: MergeSources) {
    this.#sources = sources;
  }

  run(sections: Keys): Merged {
    return {
      tree: this.#section(sections, this.#sources.yaml.tree, []),
      origins: this.#origins,
      variables: this.#variables,
      unknownKeys: this.#unknownKeys,
    };
  }

  #section(keys: Keys, node: unknown, path: readonly string[]): unknown {
    // What is no mapping goes on as it is: the schema says what is wrong with it.
    if (!isMapping(node ?? {})) return node;
    const mapping = isMapping(node) ? node : {};
    this.#reportUnknown(keys, Object.keys(mapping), path);
    const entries = Object.entries(keys).map(([name, schema]) => {
      const value = Object.hasOwn(mapping, name) ? mapping[name] : undefined;
      const below = sectionKeys(schema);
      const here = [...path, name];
      return [name, below ? this.#section(below, value, here) : this.#pick(schema, value, here)];
    });
    return Object.fromEntries(entries);
  }

  /** Flag, our variable, file, and what other tools' variables say, in this order. */
  #pick(schema: z.ZodType, inFile: unknown, path: readonly string[]): unknown {
    const { flags, env, yaml } = this.#sources;
    const key = path.join('.');
    const variable = variableOf(path);
    this.#variables.set(key, variable);
    const found = (origin: string, value: unknown) => {
      this.#origins.set(key, origin);
      return value;
    };
    if (Object.hasOwn(flags, key)) return found('from the command line', flags[key]);
    if (env[variable] !== undefined) return found(`from ${variable}`, env[variable]);
    if (inFile !== undefined && inFile !== null) {
      return found(`line ${yaml.lineOf(path) ?? '?'}`, inFile);
    }
    const other = firstSet(env, settingDoc(schema)?.fallbacks ?? []);
    return other === undefined ? undefined : found(`from ${other.name}`, other.value);
  }

  #reportUnknown(keys: Keys, present: readonly string[], path: readonly string[]): void {
    for (const name of present) {
      if (Object.hasOwn(keys, name)) continue;
      const here = [...path, name];
      const where = path.length === 0 ? 'the keys of the file' : `the keys of ${path.join('.')}`;
      this.#unknownKeys.push(
        `${here.join('.')} (line ${this.#sources.yaml.lineOf(here) ?? '?'}) is not a key; ` +
          `${where} are ${Object.keys(keys).join(', ')}.`,
      );
    }
  }
}

function isMapping(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
