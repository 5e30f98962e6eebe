import { describe, expect, it } from 'vitest';
import {
  canonicalScope,
  canonicalScopes,
  missingScopes,
  scopeOfShortName,
} from '../../../src/domain/scopes.ts';

const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';
const PROFILE = 'https://www.googleapis.com/auth/userinfo.profile';

describe('scopes', () => {
  it('have Google’s long names: email and profile are short for others', () => {
    expect(canonicalScope('email')).toBe(EMAIL);
    expect(canonicalScope('profile')).toBe(PROFILE);
    expect(canonicalScope('openid')).toBe('openid');
  });

  it.each([
    ['drive.readonly', 'https://www.googleapis.com/auth/drive.readonly'],
    ['https://mail.google.com/', 'https://mail.google.com/'],
    ['openid', 'openid'],
    ['email', EMAIL],
    ['userinfo.profile', PROFILE],
  ])('may be called %s by an operator who means %s', (short, name) => {
    expect(scopeOfShortName(short)).toBe(name);
  });

  it('are a set: order and repetition do not count', () => {
    expect(canonicalScopes(['openid', 'email', EMAIL])).toEqual([EMAIL, 'openid']);
    expect(canonicalScopes(['email', 'openid'])).toEqual(canonicalScopes(['openid', EMAIL]));
  });

  it('that are canonical already stay what they are', () => {
    const scopes = [EMAIL, 'openid'];
    expect(canonicalScopes(scopes)).toEqual(scopes);
    expect(canonicalScopes([])).toEqual([]);
    expect(canonicalScopes(['openid', EMAIL])).toEqual(scopes);
    expect(canonicalScopes(['openid', 'openid'])).toEqual(['openid']);
  });

  it('that are missing are named in the order in which they were wanted', () => {
    expect(missingScopes(['c', 'a', 'b'], ['a'])).toEqual(['c', 'b']);
    expect(missingScopes([], [])).toEqual([]);
  });
});
