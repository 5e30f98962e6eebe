import { type EffectiveSetting, REDACTED } from '../config/effective-settings.ts';
import { originText } from '../config/origin.ts';

/** A line for each key: key, value with its unit, source, in columns. */
export function configRows(settings: readonly EffectiveSetting[]): readonly string[] {
  const rows = settings.map((setting) => [
    setting.key,
    valueText(setting),
    setting.value === undefined ? 'not set' : originText(setting.origin),
  ]);
  const [first = 0, second = 0] = [0, 1].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map(
    ([key = '', value = '', origin]) => `${key.padEnd(first)}  ${value.padEnd(second)}  ${origin}`,
  );
}

/** The same for a program. */
export function settingJson(setting: EffectiveSetting) {
  const { key, value, origin, doc } = setting;
  return {
    key,
    value: value ?? null,
    ...(holdsSecret(setting) ? { content: REDACTED } : {}),
    ...(doc.unit === undefined ? {} : { unit: doc.unit }),
    source: value === undefined ? { kind: 'none' } : origin,
    reloads: doc.reloads ?? false,
  };
}

function valueText(setting: EffectiveSetting): string {
  const { value, doc } = setting;
  if (value === undefined) return '–';
  const text = [value].flat().map(plainText).join(', ');
  if (holdsSecret(setting)) return `${text} (${REDACTED})`;
  return doc.unit === undefined ? text : `${text} ${doc.unit}`;
}

function plainText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function holdsSecret({ file, doc }: EffectiveSetting): boolean {
  return file !== undefined && doc.file === 'secret';
}
