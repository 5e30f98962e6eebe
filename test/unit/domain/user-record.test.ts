import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import {
  newUserRecord,
  refreshTokensOf,
  withTokenToRevoke,
} from '../../../src/domain/user-record.ts';

describe('a user record', () => {
  it('of a user whom nobody knows gives no tokens, and counts on from the version', () => {
    expect(newUserRecord('sub', 7)).toMatchObject({ generation: 7, state: 'revoked' });
    expect(refreshTokensOf(newUserRecord('sub', 7))).toEqual([]);
  });

  it('takes each late token once, the newest ten', () => {
    let record = newUserRecord('sub', 1);
    for (const value of ['0', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10']) {
      record = withTokenToRevoke(record, new Secret(value));
    }
    const values = record.toRevoke.map((token) => token.reveal());
    expect(values).toEqual(['10', '9', '8', '7', '6', '5', '4', '3', '2', '1']);
  });

  it('names each of its refresh tokens once, dead ones too', () => {
    const refreshToken = new Secret('a');
    const grant = { clientId: 'web', scopes: [], obtainedAt: 0, state: 'dead' as const };
    const record = {
      ...withTokenToRevoke(newUserRecord('sub', 1), new Secret('a')),
      grants: new Map([['default', [{ ...grant, refreshToken }]]]),
    };
    expect(refreshTokensOf(record).map((token) => token.reveal())).toEqual(['a']);
  });
});
