import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextHmac } from '../../../src/audit/text-hmac.ts';

const keys = fc.uint8Array({ minLength: 1, maxLength: 64 });
const latin1 = fc
  .uint8Array({ maxLength: 700 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('an HMAC of texts', () => {
  it('is what Node’s own is, one text after the other', () => {
    fc.assert(
      fc.property(keys, fc.array(latin1, { maxLength: 5 }), (key, texts) => {
        const hmac = new TextHmac(key);
        for (const text of texts) expect(hmac.of(text)).toBe(nodes(key, text));
      }),
    );
  });

  it.each([0, 1, 4_095, 4_096, 4_097, 70_000])('of %i characters, too', (length) => {
    const key = Buffer.alloc(32, 7);
    const text = 'x'.repeat(length);
    const hmac = new TextHmac(key);
    expect(hmac.of(text)).toBe(nodes(key, text));
    expect(hmac.of('another')).toBe(nodes(key, 'another'));
  });

  it('takes no key that would have to be hashed first', () => {
    expect(() => new TextHmac(Buffer.alloc(65))).toThrow(RangeError);
  });
});

function nodes(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('base64url');
}
