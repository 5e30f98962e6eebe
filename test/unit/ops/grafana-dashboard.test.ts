import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { METRICS } from '../../../src/domain/metrics.ts';
import { readPromql } from '../../support/promql.ts';

const FILE = new URL('../../../ops/grafana/tokenvault.json', import.meta.url);

/** What Grafana puts in place of its variables. */
const VARIABLES = { $__rate_interval: '5m', $job: '.*', $instance: '.*' };

const place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const chosenSource = z.strictObject({
  type: z.literal('prometheus'),
  uid: z.string().regex(/^\$\{datasource\}$/),
});
const target = z.object({
  refId: z.string(),
  datasource: chosenSource,
  expr: z.string(),
  legendFormat: z.string(),
});
const panel = z.object({
  id: z.number(),
  type: z.enum(['row', 'timeseries', 'stat']),
  title: z.string().min(1),
  description: z.string().regex(/\.$/).optional(),
  datasource: chosenSource.optional(),
  gridPos: place,
  targets: z.array(target).optional(),
});
const dashboard = z.object({
  uid: z.string(),
  schemaVersion: z.number().min(39),
  templating: z.object({
    list: z.array(
      z.object({ name: z.string(), type: z.string(), definition: z.string().optional() }),
    ),
  }),
  annotations: z.object({
    list: z.array(z.object({ datasource: chosenSource, expr: z.string() })),
  }),
  panels: z.array(panel),
});

const BOARD = dashboard.parse(JSON.parse(readFileSync(FILE, 'utf8')));
const QUERIES = BOARD.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ refId, expr, legendFormat }) => ({ title, refId, expr, legendFormat })),
);

function filledIn(expr: string): string {
  const names = Object.entries(VARIABLES);
  return names.reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

describe('the dashboard for Grafana', () => {
  it.each(QUERIES)('$title, $refId: asks for what there is', ({ expr, legendFormat }) => {
    const { problems, labels } = readPromql(filledIn(expr));
    expect(problems).toEqual([]);
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(labels).toEqual(expect.arrayContaining(named));
  });

  it.each(QUERIES)('$title, $refId: can be narrowed to a job and a process', ({ expr }) => {
    const selectors = expr.match(/tokenvault_\w+\{/g) ?? [];
    const narrowed = expr.match(/\{job=~"\$job",instance=~"\$instance"/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    expect(narrowed).toHaveLength(selectors.length);
  });

  it('shows every metric of the product', () => {
    const shown = new Set(
      QUERIES.flatMap(({ expr }) => readPromql(filledIn(expr)).metrics).map((name) =>
        name.replace(/_(bucket|count)$/, ''),
      ),
    );
    expect([...shown].sort()).toEqual(Object.keys(METRICS).sort());
  });

  it('marks alerts, and takes its choices from metrics that there are', () => {
    const [{ expr } = { expr: '' }] = BOARD.annotations.list;
    expect(readPromql(filledIn(expr)).problems).toEqual([]);
    const { list } = BOARD.templating;
    expect(list.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'datasource datasource',
      'job query',
      'instance query',
    ]);
    for (const { definition } of list.slice(1)) {
      const [, selector = '', label = ''] =
        /^label_values\((.*), (\w+)\)$/.exec(definition ?? '') ?? [];
      const { problems, labels } = readPromql(filledIn(selector));
      expect(problems).toEqual([]);
      expect(labels).toContain(label);
    }
  });

  it('has each panel once, and none over another', () => {
    const ids = BOARD.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = BOARD.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from(
        { length: w * h },
        (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`,
      ),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(BOARD.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});
