import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AuditKeys } from '../../../src/audit/audit-keys.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { AUDIT_KEY, KEYS } from '../../support/audit-fixture.ts';

/** As docs/audit.md describes it, for programs that are not ours. */
function subKey(use: string): Buffer {
  const key = Buffer.alloc(32, 7);
  return Buffer.from(hkdfSync('sha256', key, '', `tokenvault audit ${use}`, 32));
}

describe('the keys of the audit', () => {
  it('make tags that anybody with the key can make', () => {
    const tag = createHmac('sha256', subKey('chain')).update('before\n{"time":…').digest();
    expect(KEYS.tag('before', '{"time":…')).not.toBe(tag.toString('base64url'));
    const ascii = createHmac('sha256', subKey('chain')).update('before\n{"time":1').digest();
    expect(KEYS.tag('before', '{"time":1')).toBe(ascii.toString('base64url'));
  });

  it('hash users and tokens with keys of their own', () => {
    const user = createHmac('sha256', subKey('user')).update('108').digest('base64url');
    const token = createHmac('sha256', subKey('token')).update('108').digest('base64url');
    expect(KEYS.userHash('108')).toBe(user.slice(0, 28));
    expect(KEYS.tokenFingerprint(new Secret('108'))).toBe(token.slice(0, 28));
    expect(KEYS.userHash('108')).not.toBe(KEYS.tokenFingerprint(new Secret('108')));
  });

  it('have an id that follows from the key, however that is written', () => {
    const inBase64 = Buffer.from(AUDIT_KEY.reveal(), 'base64url').toString('base64');
    expect(KEYS.id).toBe(subKey('id').toString('base64url').slice(0, 8));
    expect(new AuditKeys(new Secret(inBase64)).id).toBe(KEYS.id);
    expect(new AuditKeys(new Secret(Buffer.alloc(32, 8).toString('base64'))).id).not.toBe(KEYS.id);
  });

  it('refuse anything but 32 bytes', () => {
    expect(() => new AuditKeys(new Secret('AAAA'))).toThrow('32 bytes');
  });
});
