import type { z } from 'zod';
import { variableOf } from './environment.ts';
import { configSections } from './load-config.ts';
import { type SettingDoc, sectionKeys, settingDoc } from './setting.ts';

const INTRODUCTION = `# Configuration

Made from the schema with \`npm run generate:docs\`; do not edit.

One YAML file, named by \`--config\` or \`TOKENVAULT_CONFIG\`. A flag wins over the environment variable of a key, that over the file, that over the default. Unknown keys are refused, and all problems are reported at once. Durations are a whole number and a unit: \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`. Secrets are never values here: a key names the file that holds one. Keys are read when the process starts; the OAuth clients, which live in Vault, are followed while it runs.

\`tokenvault serve\` uses every section but \`gateway\`; \`tokenvault gateway\` uses \`gateway\`, \`log\` and \`unsafe\`.
`;

/** The reference page of every key, in Markdown. */
export function referencePage(): string {
  const sections = configSections(() => '', {});
  const parts = Object.entries<z.ZodType>(sections).map(
    ([name, schema]) => `## ${name}\n\n${table([...settings(schema, [name])])}`,
  );
  return `${[INTRODUCTION, ...parts].join('\n')}`;
}

interface Setting {
  readonly path: readonly string[];
  readonly doc: SettingDoc;
}

function* settings(schema: z.ZodType, path: readonly string[]): Iterable<Setting> {
  const doc = settingDoc(schema);
  if (doc !== undefined) {
    yield { path, doc };
    return;
  }
  for (const [name, key] of Object.entries(sectionKeys(schema) ?? {})) {
    yield* settings(key, [...path, name]);
  }
}

function table(rows: readonly Setting[]): string {
  const head = '| key | default | meaning | environment |\n|---|---|---|---|\n';
  return `${head}${rows.map(row).join('')}`;
}

function row({ path, doc }: Setting): string {
  const variables = [variableOf(path), ...(doc.fallbacks ?? [])].map((name) => `\`${name}\``);
  return `| \`${path.join('.')}\` | ${standard(doc)} | ${doc.doc} | ${variables.join(', ')} |\n`;
}

function standard(doc: SettingDoc): string {
  if (doc.optional) return 'none';
  if (doc.default === undefined) return '**required**';
  return [doc.default]
    .flat()
    .map((value) => `\`${value}\``)
    .join(', ');
}
