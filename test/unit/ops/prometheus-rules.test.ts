import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ALERTS } from '../../../src/domain/alerts.ts';
import { readPromql } from '../../support/promql.ts';

const ROOT = new URL('../../../', import.meta.url);
const FILE = new URL('ops/prometheus/tokenvault.rules.yaml', ROOT);
const page = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

/** Not on every machine; what else is checked here needs none. */
const PROMTOOL = spawnSync('promtool', ['--version']).error === undefined;

const duration = z.string().regex(/^[1-9]\d*[smhd]$/);
const alertRule = z.strictObject({
  alert: z.string().regex(/^TokenVault([A-Z][a-z]*)+$/),
  expr: z.string(),
  for: duration.optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'warning', 'info']) }),
  annotations: z.strictObject({
    summary: z.string().regex(/[^.]$/),
    description: z.string().regex(/\.$/),
    runbook: z.string(),
  }),
});
const recordingRule = z.strictObject({
  record: z.string().regex(/^tokenvault:[a-z_]+$/),
  expr: z.string(),
});
const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({ name: z.string(), rules: z.array(z.union([alertRule, recordingRule])) }),
  ),
});

const RULES = ruleFile
  .parse(parse(readFileSync(FILE, 'utf8')))
  .groups.flatMap(({ rules }) => rules);
const ALERT_RULES = RULES.filter((rule) => 'alert' in rule);
const RECORDED = Object.fromEntries(
  RULES.filter((rule) => 'record' in rule).map(({ record, expr }) => [
    record,
    readPromql(expr).labels,
  ]),
);

/** How headings become anchors. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the rules for Prometheus', () => {
  it.each(
    RULES.map((rule) => ({ name: 'alert' in rule ? rule.alert : rule.record, expr: rule.expr })),
  )('$name asks for what there is', ({ expr }) => {
    expect(readPromql(expr, RECORDED).problems).toEqual([]);
  });

  it('have one for every alert of the product, and name no other', () => {
    const raised = ALERT_RULES.flatMap(
      ({ expr }) => /^tokenvault:alerts_raised\{alert="(\w+)"\} > 0$/.exec(expr)?.[1] ?? [],
    );
    expect(raised.sort()).toEqual([...ALERTS].sort());
  });

  it('are each named once', () => {
    const names = ALERT_RULES.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(ALERT_RULES)('$alert says where it is explained, and it is', (rule) => {
    const [path = '', anchor = ''] = rule.annotations.runbook.split('#');
    const text = page(path);
    expect(anchorsOf(text)).toContain(anchor);
    const section = text.split(/^## /m).find((part) => anchorsOf(`## ${part}`)[0] === anchor);
    const [, raised = rule.alert] = /alert="(\w+)"/.exec(rule.expr) ?? [];
    expect(section).toMatch(new RegExp(`^\\| \`${raised}\` \\| .{20}`, 'm'));
  });

  it.each(ALERT_RULES)('$alert speaks only of labels that it has', ({ expr, annotations }) => {
    const named = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)];
    const { labels } = readPromql(expr, RECORDED);
    expect(labels).toEqual(expect.arrayContaining(named.map(([, label]) => label)));
  });

  it.runIf(PROMTOOL)('pass promtool, and do as ops/prometheus/tokenvault.tests.yaml says', () => {
    execFileSync('promtool', ['check', 'rules', fileURLToPath(FILE)]);
    const tests = new URL('tokenvault.tests.yaml', FILE);
    execFileSync('promtool', ['test', 'rules', fileURLToPath(tests)]);
  });
});

describe('the conditions in docs/alerts.md', () => {
  it('are those that have a rule, with its severity', () => {
    const [, section = ''] = page('docs/alerts.md').split(/^## Conditions$/m);
    const [own = ''] = section.split(/^## /m);
    const rows = [...own.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, how]) => [name, how]);
    const rules = ALERT_RULES.filter(({ expr }) => !expr.startsWith('tokenvault:alerts_raised'));
    expect(rows.sort()).toEqual(rules.map(({ alert, labels }) => [alert, labels.severity]).sort());
  });
});

describe('the reading of PromQL', () => {
  it.each([
    ['rate(tokenvault_rpc_total[5m]', /cannot be read/],
    ['tokenvault_rpcs_total > 0', /no metric tokenvault_rpcs_total/],
    ['tokenvault_rpc_seconds > 0', /no metric tokenvault_rpc_seconds/],
    ['tokenvault_rpc_total_bucket > 0', /no metric/],
    ['tokenvault_rpc_total{user="a"} > 0', /has no label user/],
    ['sum by (client) (tokenvault_held_commits) > 0', /has the label client/],
    ['rate(tokenvault_held_commits[5m]) > 0', /is a gauge/],
    ['max_over_time(tokenvault_rpc_total[5m]) > 0', /only grows/],
    ['1 > 0', /no metric/],
  ])('finds what is wrong with %s', (text, problem) => {
    expect(readPromql(text).problems.join('\n')).toMatch(problem);
  });
});
