import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isRepeatable } from '../../../src/client/repeatable.ts';

async function* steps() {
  yield 'step';
}

describe('a request', () => {
  it.each([
    ['nothing', {}],
    ['text', { data: 'text' }],
    ['bytes', { body: Buffer.from('bytes') }],
    ['a JSON body', { data: { name: 'x' } }],
    ['form fields', { data: new URLSearchParams({ a: '1' }) }],
    ['a blob', { data: new Blob(['x']) }],
    ['parts of text', { multipart: [{ content: 'a' }, { content: 'b' }] }],
  ])('that sends %s can be made once more', (_what, sent) => {
    expect(isRepeatable(sent)).toBe(true);
  });

  it.each([
    ['a stream of Node', { data: Readable.from(['x']) }],
    ['a stream of the web', { body: new Blob(['x']).stream() }],
    ['what comes step by step', { data: steps() }],
    [
      'a part that is a stream',
      { multipart: [{ content: 'a' }, { content: Readable.from(['x']) }] },
    ],
  ])('that sends %s cannot', (_what, sent) => {
    expect(isRepeatable(sent)).toBe(false);
  });
});
