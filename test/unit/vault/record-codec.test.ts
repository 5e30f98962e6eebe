import { describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/domain/failure.ts';
import { decodeRecord, encodeRecord } from '../../../src/vault/record-codec.ts';
import { MAX_RECORD_BYTES } from '../../../src/vault/record-text.ts';

const own = { pathKeyId: 'k1', writeId: 'w1' };
const stored = (text: string) => ({ record: text });
const text = (record: object) => stored(JSON.stringify(record));
const envelope = { schema: 1, path_key_id: 'k1', write_id: 'w1' };

describe('encodeRecord', () => {
  it('makes one string field, whatever the record holds', () => {
    const fields = encodeRecord({ a: 1, b: ['x'] }, own);
    expect(fields).toEqual(text({ ...envelope, a: 1, b: ['x'] }));
  });

  it('refuses what would be too large to be read again', () => {
    const write = () => encodeRecord({ a: 'x'.repeat(MAX_RECORD_BYTES) }, own);
    expect(write).toThrowError(expect.toSatisfy((error) => isFailure(error, 'INTERNAL')));
  });
});

describe('decodeRecord', () => {
  it('reads what was encoded', () => {
    const decoded = decodeRecord(encodeRecord({ a: 1 }, own), 'k1');
    expect(decoded).toEqual({ content: { a: 1 }, writeId: 'w1' });
  });

  it.each([
    ['another path key', text({ ...envelope, path_key_id: 'k2' })],
    ['a newer schema', text({ ...envelope, schema: 2 })],
    ['no schema', text({ path_key_id: 'k1', write_id: 'w1' })],
    ['no write id', text({ schema: 1, path_key_id: 'k1' })],
    ['text that is not JSON', stored('{"schema": 1,')],
    ['an empty text', stored('')],
    ['JSON that is no object', stored('[1]')],
    ['null', stored('null')],
    ['a key that reaches the prototype', stored('{"schema":1,"__proto__":{"schema":1}}')],
    ['one that is written in escapes', stored('{"schema":1,"\\u005f_proto__":{"schema":1}}')],
    ['more text than a record can have', text({ ...envelope, a: 'x'.repeat(MAX_RECORD_BYTES) })],
    ['another field', { value: '{}' }],
    ['a field that is no string', { record: envelope }],
    ['no fields', null],
  ])('does not read %s', (_name, fields) => {
    expect(decodeRecord(fields, 'k1')).toBeUndefined();
  });
});
