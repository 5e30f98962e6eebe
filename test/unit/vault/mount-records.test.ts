import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import {
  decodePathKey,
  decodeSettings,
  encodePathKey,
  encodeSettings,
} from '../../../src/vault/mount-records.ts';

const key = new Secret('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8');

describe('the path key record', () => {
  it('gives back the key', () => {
    const pathKey = decodePathKey(encodePathKey({ id: 'k1', key }));
    expect(pathKey?.id).toBe('k1');
    expect(pathKey?.of('user', '100000000000000000001')).toBe('lUGZVpHgRrJT0Rm--Uc3F6SwM1Xr');
  });

  it('is not read with a key of another length', () => {
    const short = new Secret(key.reveal().slice(2));
    expect(decodePathKey(encodePathKey({ id: 'k1', key: short }))).toBeUndefined();
  });
});

describe('the settings record', () => {
  it('gives back the settings', () => {
    const settings = { boundMs: 2_000, mode: 'strict' } as const;
    expect(decodeSettings(encodeSettings(settings))).toEqual(settings);
  });

  it('is not read with a bound that is none', () => {
    const settings = encodeSettings({ boundMs: 0, mode: 'strict' });
    expect(decodeSettings(settings)).toBeUndefined();
  });
});
