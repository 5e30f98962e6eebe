import { describe, expect, it } from 'vitest';
import { productOf, versionFindings } from '../../../src/doctor/vault-versions.ts';

function found(version: string, enterprise?: boolean): readonly string[] {
  const health = { initialized: true, sealed: false, version, enterprise };
  return versionFindings({ address: 'https://vault.example:8200', health }).map(({ text }) => text);
}

describe('the version of Vault', () => {
  it.each([
    ['2.7.2', undefined, 'OpenBao'],
    ['2.0.1', undefined, 'OpenBao'],
    ['2.0.1', false, 'Vault'],
    ['1.16.3+ent', undefined, 'Vault'],
  ])('%s (enterprise %s) is one of %s', (version, enterprise, product) => {
    expect(productOf({ version, enterprise })).toBe(product);
  });

  it.each([
    ['2.7.2', undefined],
    ['2.5.3', undefined],
    ['2.10.0', undefined],
    ['1.20.1', undefined],
    ['2.1.0', false],
    ['a version of their own', undefined],
  ])('%s (enterprise %s) is good', (version, enterprise) => {
    expect(found(version, enterprise)).toEqual([]);
  });

  it.each([
    ['2.5.2', undefined, /^OpenBao 2\.5\.2 at https:\S+ is not to be used: .*CVE-2026-3605/],
    ['2.0.3+ent', true, /^Vault 2\.0\.3\+ent at .* every ten minutes/],
    ['1.15.9', undefined, /no security fixes/],
  ])('%s (enterprise %s) is not', (version, enterprise, why) => {
    expect(found(version, enterprise)).toEqual([expect.stringMatching(why)]);
  });
});
