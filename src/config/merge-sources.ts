import type { z } from 'zod';
import { type Environment, firstSet, variableOf } from './environment.ts';
import { nearest } from './nearest.ts';
import { type Origin, originText } from './origin.ts';
import { sectionKeys, settingDoc, settingsOf } from './setting.ts';
import type { ParsedYaml } from './yaml-text.ts';

/** What may give a key its value, from strong to weak; below them comes the key's default. */
export interface MergeSources {
  /** By dotted key. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Environment;
  readonly yaml: ParsedYaml;
  /** Name of the configuration file; empty where there is none. */
  readonly file: string;
}

/** A key's value as somebody wrote it, and where. */
export interface Given {
  readonly value: unknown;
  readonly origin: Origin;
}

/** What the file has and the schema does not. */
export interface UnknownKey {
  readonly key: string;
  readonly origin: Origin;
  readonly sentence: string;
}

/** The sources laid over each other, for the schema to check. */
export interface Merged {
  readonly tree: unknown;
  /** The keys that somebody has set, by dotted key. */
  readonly given: ReadonlyMap<string, Given>;
  /** The variable of every key there is, by dotted key. */
  readonly variables: ReadonlyMap<string, string>;
  readonly unknownKeys: readonly UnknownKey[];
}

type Keys = Readonly<Record<string, z.ZodType>>;

/** Looks up every key of `sections` in every source. */
export function mergeSources(sections: Keys, sources: MergeSources): Merged {
  return new Merge(sections, sources).run();
}

class Merge {
  readonly #sections: Keys;
  readonly #sources: MergeSources;
  readonly #given = new Map<string, Given>();
  readonly #unknownKeys: UnknownKey[] = [];

  constructor(sections: Keys, sources: MergeSources) {
    this.#sections = sections;
    this.#sources = sources;
  }

  run(): Merged {
    const paths = settingsOf(this.#sections).map(({ path }) => path);
    return {
      tree: this.#section(this.#sections, this.#sources.yaml.tree, []),
      given: this.#given,
      variables: new Map(paths.map((path) => [path.join('.'), variableOf(path)])),
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
    const { flags, env } = this.#sources;
    const key = path.join('.');
    const variable = variableOf(path);
    const found = (origin: Origin, value: unknown) => {
      this.#given.set(key, { origin, value });
      return value;
    };
    if (Object.hasOwn(flags, key)) return found({ kind: 'flag' }, flags[key]);
    if (env[variable] !== undefined) return found({ kind: 'environment', variable }, env[variable]);
    if (inFile !== undefined && inFile !== null) return found(this.#placeOf(path), inFile);
    const other = firstSet(env, settingDoc(schema)?.fallbacks ?? []);
    if (other === undefined) return undefined;
    return found({ kind: 'environment', variable: other.name }, other.value);
  }

  #placeOf(path: readonly string[]): Origin {
    const { file, yaml } = this.#sources;
    const line = yaml.lineOf(path);
    return { kind: 'file', file, ...(line === undefined ? {} : { line }) };
  }

  #reportUnknown(keys: Keys, present: readonly string[], path: readonly string[]): void {
    const where = path.length === 0 ? 'The keys of the file' : `The keys of ${path.join('.')}`;
    for (const name of present) {
      if (Object.hasOwn(keys, name)) continue;
      const here = [...path, name];
      const key = here.join('.');
      const origin = this.#placeOf(here);
      const meant = this.#meant(key, keys);
      const hint = meant === undefined ? '.' : `: did you mean ${meant}?`;
      const names = Object.keys(keys).join(', ');
      const sentence = `${key} (${originText(origin)}) is not a key${hint} ${where} are ${names}.`;
      this.#unknownKeys.push({ key, origin, sentence });
    }
  }

  /** A key beside it, or one of another section. */
  #meant(key: string, siblings: Keys): string | undefined {
    const above = key.slice(0, key.lastIndexOf('.') + 1);
    const name = key.slice(above.length);
    const beside = nearest(name, Object.keys(siblings));
    if (beside !== undefined) return above + beside;
    const everywhere = settingsOf(this.#sections).map(({ path }) => path.join('.'));
    return nearest(key, everywhere) ?? everywhere.find((other) => other.endsWith(`.${name}`));
  }
}

function isMapping(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
