import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { batchedLines } from '../../../src/observability/batched-lines.ts';

function batch() {
  const writes: string[] = [];
  const lines = batchedLines({ write: (text) => writes.push(text) });
  return { lines, writes };
}

describe('batched lines', () => {
  it('of one turn of the event loop leave together, in their order', async () => {
    const { lines, writes } = batch();
    lines.write('one\n');
    await Promise.resolve();
    lines.write('two\n');
    expect(writes).toEqual([]);
    await turn();
    lines.write('three\n');
    await turn();
    expect(writes).toEqual(['one\ntwo\n', 'three\n']);
  });

  it('leave at once when they are told to, and once', async () => {
    const { lines, writes } = batch();
    lines.write('one\n');
    lines.flush();
    expect(writes).toEqual(['one\n']);
    lines.flush();
    await turn();
    expect(writes).toEqual(['one\n']);
  });
});
