import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { PathKey } from '../../../src/vault/path-key.ts';

/** The bytes 0 to 31. */
const key = new Secret('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8');
const pathKey = new PathKey({ id: 'k1', key });

describe('PathKey', () => {
  // Computed with Python's hmac: other names would lose every stored record.
  it('names what it always named', () => {
    expect(pathKey.of('user', '100000000000000000001')).toBe('lUGZVpHgRrJT0Rm--Uc3F6SwM1Xr');
    expect(pathKey.fanned('user', '100000000000000000001', 3)).toBe(
      '954/lUGZVpHgRrJT0Rm--Uc3F6SwM1Xr',
    );
    expect(pathKey.of('exchange', '4/0AbCdEf-one_time/code')).toBe('nLpcSis78sFVAm0iAhjAtgk_XkzK');
    expect(pathKey.fanned('exchange', '4/0AbCdEf-one_time/code', 2)).toBe(
      '9c/nLpcSis78sFVAm0iAhjAtgk_XkzK',
    );
  });

  it('names the same value differently for each kind, and for each key', () => {
    const other = new PathKey({ id: 'k2', key: new Secret('AAAA') });
    const names = [pathKey.of('user', 'x'), pathKey.of('log', 'x'), other.of('user', 'x')];
    expect(new Set(names).size).toBe(3);
  });

  it('makes safe path segments of anything', () => {
    for (const value of ['', '../..', 'a/b', '%2e%2e', '\n', 'ü', 'x'.repeat(10_000)]) {
      expect(pathKey.of('user', value)).toMatch(/^[A-Za-z0-9_-]{28}$/);
      expect(pathKey.fanned('user', value, 3)).toMatch(/^[0-9a-f]{3}\/[A-Za-z0-9_-]{28}$/);
    }
  });
});
