import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/domain/reasons.ts';
import { REASON_STATUS } from '../../../src/gateway/reason-status.ts';
import { REFUSALS } from '../../../src/gateway/refusal.ts';

const REFUSAL_STATUS = Object.fromEntries(
  Object.entries(REFUSALS).map(([reason, { status }]) => [reason, status]),
);

/** Reasons of other calls than ExchangeCode: no app is told one of them. */
const NOT_FOR_APPS: readonly Reason[] = [
  'SCOPE_NARROWING_FAILED',
  'SCOPE_NOT_GRANTED',
  'USER_ALREADY_CONNECTED',
  'USER_NOT_CONNECTED',
  'USER_RECONSENT_REQUIRED',
];

const page = (name: string) =>
  readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

/** The rows of the page's tables that hold a reason and a status, in either order. */
function statusesIn(text: string): Record<string, number> {
  const rows = Array.from(
    text.matchAll(/^\| (?:`([A-Z_]+)` \| (\d{3})|(\d{3}) \| `([A-Z_]+)`) \|/gm),
    ([, first, status, firstStatus, second]) => [first ?? second, Number(status ?? firstStatus)],
  );
  expect(new Set(rows.map(([reason]) => reason)).size, 'each reason once').toBe(rows.length);
  return Object.fromEntries(rows);
}

describe('the documents', () => {
  it('docs/gateway.md gives every reason and refusal the status that the code gives it', () => {
    expect(statusesIn(page('gateway.md'))).toEqual({ ...REASON_STATUS, ...REFUSAL_STATUS });
  });

  it('docs/app-side.md says what the app does for every reason that it can be told', () => {
    const told = Object.entries(REASON_STATUS).filter(
      ([reason]) => !NOT_FOR_APPS.some((one) => one === reason),
    );
    const expected = { ...Object.fromEntries(told), ...REFUSAL_STATUS };
    expect(statusesIn(page('app-side.md'))).toEqual(expected);
  });

  it('docs/gateway.md says of every cause why a login token is no good', () => {
    const sources = ['jwt/token-check', 'domain/bearer-token'].map((name) =>
      readFileSync(new URL(`../../../src/${name}.ts`, import.meta.url), 'utf8'),
    );
    const causesIn = (text: string) =>
      new Set([...text.matchAll(/[`'](token_[a-z_]+)[`']/g)].map(([, cause]) => cause));
    const [, section = ''] = page('gateway.md').split(/^## The login of your apps$/m);
    const [own = ''] = section.split(/^## /m);
    expect(causesIn(own)).toEqual(causesIn(sources.join()));
  });

  it('docs/app-side.md shows bodies that are JSON', () => {
    const blocks = [...page('app-side.md').matchAll(/^```json\n(.*?)^```/gms)];
    expect(blocks).toHaveLength(2);
    for (const [, json = ''] of blocks) expect(() => JSON.parse(json)).not.toThrow();
  });
});
