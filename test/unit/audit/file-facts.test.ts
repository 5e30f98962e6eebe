import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { auditFileFacts } from '../../../src/audit/file-facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenvault-file-facts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function line(instance: number): string {
  const head = { time: '2026-11-29T15:47:06.761Z', instance: String(instance).repeat(32) };
  return `${JSON.stringify({ ...head, key: 'abcdefgh', seq: 1, event: 'rpc', tag: 'x'.repeat(43) })}\n`;
}

function factsOf(name: string, text: string) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return auditFileFacts(file);
}

describe('the file of an audit', () => {
  it('need not be there, and is not made', () => {
    expect(auditFileFacts(join(folder, 'none.log'))).toEqual({
      kind: 'writable',
      freeBytes: expect.any(Number),
      isShared: false,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['is empty', [], false],
    ['is one process’s', [1, 1, 1], false],
    ['is of one process after the other', [1, 1, 2, 2, 3], false],
    ['is of two at a time', [1, 2, 1], true],
    ['is of one that another writes into', [1, 1, 2, 1, 1], true],
  ])('%s: shared is %s', (name, instances, isShared) => {
    expect(factsOf(name, instances.map(line).join(''))).toMatchObject({ isShared });
  });

  it('is looked at from behind, and from within a line', () => {
    const text = line(1) + line(2).repeat(1_000) + line(1);
    expect(factsOf('long', text)).toMatchObject({ isShared: false });
    expect(factsOf('odd', `no line\n${line(1)}torn`)).toMatchObject({ isShared: false });
  });

  it('is no folder', () => {
    expect(auditFileFacts(folder)).toEqual({ kind: 'not_writable', code: 'EISDIR' });
  });
});
