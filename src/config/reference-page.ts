import type { z } from 'zod';
import { configSections } from './config-sections.ts';
import { variableOf } from './environment.ts';
import {
  allowedIn,
  entryKeys,
  type Setting,
  type SettingDoc,
  settingDoc,
  settingsOf,
} from './setting.ts';

const INTRODUCTION = `# Configuration

Made from the schema with \`npm run generate:docs\`; do not edit.

One YAML file, named by \`--config\` or \`TOKENVAULT_CONFIG\`. A flag (\`--set log.level=debug\`) wins over the environment variable of a key, that over the file, that over the default. Unknown keys are refused, and all problems are reported at once: \`tokenvault config check\` says them without starting anything, \`tokenvault config print\` shows what each key is set to, and by whom. Secrets are never values here: a key names the file that holds one.

\`tokenvault serve\` uses every section but \`gateway\`; \`tokenvault gateway\` uses \`gateway\`, \`log\` and \`unsafe\`.

Keys that reload are followed while the process runs: the configuration file, and each file that such a key names, are looked at every second and on SIGHUP. A new value that passes every check is taken whole; one that does not is refused with the alert \`config_refused\`, and the last good one stays. Every other key is read when the process starts; the log line \`config_needs_restart\` names those that were changed since. The OAuth clients live in Vault and are followed as well.
`;

/** The reference page of every key, in Markdown. */
export function referencePage(): string {
  const sections = configSections({ readFile: () => '', listFolder: () => [], env: {} });
  const parts = Object.entries<z.ZodType>(sections).map(([name, schema]) => {
    const settings = settingsOf({ [name]: schema });
    return `## ${name}\n\n${table(settings)}${settings.map(entriesTable).join('')}`;
  });
  return `${[INTRODUCTION, ...parts].join('\n')}`;
}

function table(settings: readonly Setting[]): string {
  const head =
    '| key | default | what it may be | reloads | meaning | environment |\n|---|---|---|---|---|---|\n';
  return `${head}${settings.map(row).join('')}`;
}

function row({ path, schema }: Setting): string {
  const doc = settingDoc(schema);
  if (doc === undefined) return '';
  const { fallbacks = [], reloads = false } = doc;
  const variables = [variableOf(path), ...fallbacks].map((name) => `\`${name}\``);
  const [key, value, allowed, meaning] = described(path.join('.'), schema, doc);
  const cells = [key, value, allowed, reloads ? 'yes' : 'no', meaning, variables.join(', ')];
  return `| ${cells.join(' | ')} |\n`;
}

/** For a list of groups, what each of them has. */
function entriesTable({ path, schema }: Setting): string {
  const entries = entryKeys(schema);
  if (entries === undefined) return '';
  const rows = Object.entries(entries).map(([name, entry]) => {
    const doc = settingDoc(entry);
    return doc === undefined ? '' : `| ${described(name, entry, doc).join(' | ')} |\n`;
  });
  const head = '| key | default | what it may be | meaning |\n|---|---|---|---|\n';
  return `\nEach entry of \`${path.join('.')}\`:\n\n${head}${rows.join('')}`;
}

function described(name: string, schema: z.ZodType, doc: SettingDoc) {
  const allowed = [allowedIn(schema), doc.unit].filter((part) => part !== undefined).join('; ');
  return [`\`${name}\``, standard(doc), allowed, doc.doc] as const;
}

function standard(doc: SettingDoc): string {
  if (doc.optional) return 'none';
  if (doc.default === undefined) return '**required**';
  return [doc.default]
    .flat()
    .map((value) => `\`${value}\``)
    .join(', ');
}
