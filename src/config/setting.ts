import { z } from 'zod';

/** What the reference page says of one key, beside its name. */
export interface SettingDoc {
  /** Meaning in one or two sentences; the range is what its schema says. */
  readonly doc: string;
  /** The default as one would write it in the file. Without one the key is required or optional. */
  readonly default?: string | number | boolean | readonly string[];
  readonly optional?: true;
  /** What a bare number counts; durations and sizes are written with their unit. */
  readonly unit?: string;
  /** A new value is taken while the process runs; any other needs a restart. */
  readonly reloads?: true;
  /** The value names a file, and what is in there is secret or not. */
  readonly file?: 'secret' | 'public';
  /** Variables of other tools that count where neither ours nor the file has the key; first wins. */
  readonly fallbacks?: readonly string[];
  /** Variables that hold the secret itself where no file is named; first wins. */
  readonly secretVariables?: readonly string[];
}

type Described = Omit<SettingDoc, 'default' | 'optional'>;

const docs = z.registry<SettingDoc>();

/** The documentation of a setting; undefined for any other schema. */
export function settingDoc(schema: z.ZodType): SettingDoc | undefined {
  return docs.get(schema);
}

/** A key that somebody has to set. */
export function required<S extends z.ZodType>(schema: S, doc: Described): S {
  return documented(schema.clone(), doc);
}

/** A key that may stay away; the value is then undefined. */
export function optional<S extends z.ZodType>(schema: S, doc: Described): z.ZodOptional<S> {
  return documented(z.optional(schema), { ...doc, optional: true });
}

/** A key with a default, which is checked like any other value. */
export function withDefault<S extends z.ZodType>(
  schema: S,
  doc: Described & { readonly default: z.input<S> & SettingDoc['default'] },
): z.ZodPrefault<S> {
  return documented(z.prefault(schema, doc.default), doc);
}

function documented<S extends z.ZodType>(schema: S, doc: SettingDoc): S {
  docs.add<z.ZodType>(schema, doc);
  return schema;
}

/** A group of keys; in the file, a mapping. */
export function section<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape, { error: () => 'must be a group of keys' });
}

/** The keys of a section, also where its schema goes on to transform them; undefined for a leaf. */
export function sectionKeys(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  if (schema instanceof z.ZodPipe && settingDoc(schema) === undefined) {
    return schema.in instanceof z.ZodType ? sectionKeys(schema.in) : undefined;
  }
  return schema instanceof z.ZodObject ? schema.shape : undefined;
}

/** Of a leaf that is a list of groups, the keys of each; undefined for any other. */
export function entryKeys(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  if (schema instanceof z.ZodOptional) return entryKeys(asType(schema.unwrap()));
  if (schema instanceof z.ZodPipe) return entryKeys(asType(schema.out));
  return schema instanceof z.ZodArray ? sectionKeys(asType(schema.element)) : undefined;
}

function asType(schema: unknown): z.ZodType {
  return schema instanceof z.ZodType ? schema : z.never();
}

/** One key of the configuration. */
export interface Setting {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
}

/** Every key of `sections`, those of a section one after the other. */
export function settingsOf(
  sections: Readonly<Record<string, z.ZodType>>,
  above: readonly string[] = [],
): readonly Setting[] {
  return Object.entries(sections).flatMap(([name, schema]) => {
    const below = sectionKeys(schema);
    const path = [...above, name];
    return below === undefined ? [{ path, schema }] : settingsOf(below, path);
  });
}

/** What a key may be, in the words in which anything else is refused, from after "must be" on. */
export function allowedIn(schema: z.ZodType): string {
  const [issue] = schema.safeParse(null).error?.issues ?? [];
  return (issue?.message ?? '').replace(/^must (?:be |name )/, '');
}
