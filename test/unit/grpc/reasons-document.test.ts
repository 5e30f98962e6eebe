import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { REASONS, type Reason } from '../../../src/domain/reasons.ts';
import { STATUS_OF } from '../../../src/grpc/status.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(PROJECT, 'docs/reasons.md'), 'utf8');
const proto = ['v1/token_vault.proto', 'admin/v1/token_vault_admin.proto']
  .map((file) => readFileSync(join(PROJECT, 'proto/tokenvault', file), 'utf8'))
  .join('\n');

const ALL = Object.keys(REASONS) as Reason[]; // keyed by Reason, which Object.keys forgets

/** The cells of each row of the table, the reason first. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/reasons.md', () => {
  it('lists every reason once, with its status and its wait', () => {
    const listed = rows.map(([reason, code, , , wait]) => [reason, code, wait]);
    const expected = ALL.map((reason) => {
      const ms = REASONS[reason].retryAfterMs;
      const wait = ms === undefined ? '—' : `${ms / 1_000} s`;
      return [`\`${reason}\``, status[STATUS_OF[reason]], wait];
    });
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });

  it('leaves no cell empty but that of the metadata', () => {
    const METADATA = 5;
    for (const row of rows) {
      expect(row).toHaveLength(7);
      const empty = row.flatMap((cell, index) => (cell === '' && index !== METADATA ? index : []));
      expect([row[0], empty]).toEqual([row[0], []]);
    }
  });
});

describe('the protos', () => {
  it.each(ALL)('say what %s means', (reason) => {
    expect(proto).toMatch(new RegExp(`\\b${reason}\\b`));
  });

  it('name no status for a reason but its own', () => {
    const named = [...proto.matchAll(/\/\/ {3}- ([A-Z_, ]+) \(([A-Z_]+)\):/g)];
    const wrong = named.flatMap(([, reasons = '', code]) =>
      reasons
        .split(', ')
        .filter((reason) => !ALL.some((one) => one === reason && status[STATUS_OF[one]] === code)),
    );
    expect(wrong).toEqual([]);
    expect(named.length).toBeGreaterThan(30);
  });
});
