import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALERTS } from '../../../src/domain/alerts.ts';
import { METRICS } from '../../../src/domain/metrics.ts';

const PAGE = readFileSync(
  new URL('../../../docs/rotate-client-secret.md', import.meta.url),
  'utf8',
);

describe('docs/rotate-client-secret.md', () => {
  it('asks for metrics and labels that there are', () => {
    const names = [...PAGE.matchAll(/\btokenvault_\w+/g)].map(([name]) => name);
    const definitions = new Map(Object.entries(METRICS));
    expect(names.filter((name) => !definitions.has(name))).toEqual([]);
    const selectors = [...PAGE.matchAll(/\b(tokenvault_\w+)\{(\w+)=/g)];
    const wrong = selectors.filter(([, name = '', label = '']) => {
      const labels: readonly string[] = definitions.get(name)?.labels ?? [];
      return !labels.includes(label);
    });
    expect(wrong).toEqual([]);
    expect(selectors.length).toBeGreaterThan(1);
  });

  it('names alerts that there are', () => {
    const named = [...PAGE.matchAll(/`(oauth_client_(?:secret_refused|rejected|broken))`/g)];
    const known: readonly string[] = ALERTS;
    expect(named.map(([, name = '']) => name).filter((name) => !known.includes(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(1);
  });
});
