import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../src/domain/metrics.ts';

const PAGE = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

/** The rows of the page that describe a metric, as cells. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| `tokenvault_'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

describe('docs/metrics.md', () => {
  it('has every metric of the product, each once, and nothing else', () => {
    const documented = ROWS.map(([name]) => name?.replaceAll('`', ''));
    expect(documented.sort()).toEqual(Object.keys(METRICS).sort());
  });

  it.each(Object.entries(METRICS))('says what %s is', (name, { kind, labels }) => {
    const row = ROWS.find(([cell]) => cell === `\`${name}\``);
    const [, type, unit, labelCell, meaning] = row ?? [];
    expect(type).toBe(kind);
    expect(unit).toMatch(/\w/);
    expect(labelCell).toBe(labels.map((label) => `\`${label}\``).join(', ') || 'none');
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    const seconds = name.endsWith('_seconds');
    expect(unit === 'seconds').toBe(seconds);
  });
});
