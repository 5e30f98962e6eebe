import { describe, expect, it } from 'vitest';
import { isSpiffeId } from '../../../src/domain/spiffe-id.ts';

const ID = 'spiffe://dev.tokenvault.example/drive-worker';

describe('a SPIFFE ID', () => {
  it.each([
    ID,
    'spiffe://td/a',
    'spiffe://td_1.example-x/ns/prod/sa/Worker-1_a.b',
    `spiffe://td/${'a'.repeat(2048 - 'spiffe://td/'.length)}`,
  ])('may be %s', (id) => {
    expect(isSpiffeId(id)).toBe(true);
  });

  it.each([
    '',
    'spiffe://td',
    'spiffe://td/',
    'spiffe:///a',
    'spiffe://td/a/',
    'spiffe://td//a',
    'spiffe://td/./a',
    'spiffe://td/a/..',
    'spiffe://TD/a',
    'SPIFFE://td/a',
    'spiffe://td:443/a',
    'spiffe://user@td/a',
    'spiffe://td/a?b',
    'spiffe://td/a#b',
    'spiffe://td/%61',
    'spiffe://td/a b',
    'spiffe://td/a\n',
    ' spiffe://td/a',
    'https://td/a',
    `spiffe://td/${'a'.repeat(2049 - 'spiffe://td/'.length)}`,
  ])('may not be %j', (id) => {
    expect(isSpiffeId(id)).toBe(false);
  });
});
