import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { parseCodeBody } from '../../../src/gateway/code-body.ts';
import { Refusal } from '../../../src/gateway/refusal.ts';

const VERIFIER = 'v'.repeat(43);
const bytes = (text: string) => Buffer.from(text);
const parse = (text: string) => parseCodeBody(bytes(text));

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the body of POST /v1/google/code', () => {
  it('needs a code alone', () => {
    expect(parse('{"code":"4/0AbCd"}')).toEqual({ code: '4/0AbCd' });
  });

  it('may carry every field of its schema', () => {
    const body = {
      code: '4/0AbCd',
      codeSource: 'WEB_REDIRECT',
      redirectUri: 'https://app.example/cb',
      codeVerifier: VERIFIER,
      nonce: 'n-0S6_WzA2Mj',
    };
    expect(parse(JSON.stringify(body))).toEqual(body);
  });

  it.each(['MOBILE', 'WEB_POPUP', 'WEB_REDIRECT'])('knows the code source %s', (codeSource) => {
    expect(parse(JSON.stringify({ code: 'c', codeSource })).codeSource).toBe(codeSource);
  });

  it('is not read twice differently: an escaped quote does not hide a field', () => {
    expect(parse('{"code":"a\\"nonce\\":\\"b"}').code).toBe('a"nonce":"b');
  });

  it.each([
    ['no JSON', '{"code":'],
    ['nothing', ''],
    ['an array', '["code"]'],
    ['a string', '"code"'],
    ['null', 'null'],
    ['NaN', '{"code":NaN}'],
    ['bytes after the object', '{"code":"a"} x'],
    ['a second object', '{"code":"a"}{"code":"b"}'],
    ['a byte order mark', '\ufeff{"code":"a"}'],
    ['a field twice', '{"code":"a","code":"b"}'],
    ['a field twice, the first of another type', '{"code":1,"code":"b"}'],
    ['a field twice, once escaped', '{"code":"a","\\u0063ode":"b"}'],
    ['a __proto__ field', '{"code":"a","__proto__":{"nonce":"b"}}'],
    ['a __proto__ text', '{"code":"a","__proto__":"b"}'],
    ['an object in a field', '{"code":{"code":"a"}}'],
    ['deep nesting', `{"code":${'['.repeat(4_000)}${']'.repeat(4_000)}`],
  ])('is refused as malformed: %s', (_, text) => {
    const error = thrownBy(() => parse(text));
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ reason: 'REQUEST_MALFORMED' });
  });

  it('is refused as malformed where it is not UTF-8', () => {
    const latin = Buffer.from('{"code":"\u00e9"}', 'latin1');
    expect(thrownBy(() => parseCodeBody(latin))).toMatchObject({ reason: 'REQUEST_MALFORMED' });
  });

  it.each([
    ['code', {}],
    ['code', { code: '' }],
    ['code', { code: 'two words' }],
    ['code', { code: 'x'.repeat(2_049) }],
    ['code', { code: 7 }],
    ['code', { code: null }],
    ['code', { code: 'ko\u0308de' }],
    ['codeSource', { code: 'c', codeSource: 'mobile' }],
    ['codeSource', { code: 'c', codeSource: 1 }],
    ['codeSource', { code: 'c', codeSource: null }],
    ['redirectUri', { code: 'c', redirectUri: '' }],
    ['redirectUri', { code: 'c', redirectUri: 'x'.repeat(2_049) }],
    ['codeVerifier', { code: 'c', codeVerifier: 'short' }],
    ['codeVerifier', { code: 'c', codeVerifier: `${VERIFIER}+` }],
    ['nonce', { code: 'c', nonce: '' }],
    ['nonce', { code: 'c', nonce: 'x'.repeat(256) }],
  ])('names the field %s where it is wrong: %j', (field, body) => {
    const error = thrownBy(() => parse(JSON.stringify(body)));
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ reason: 'FIELD_INVALID', violations: [{ field }] });
  });

  it('may say that another account is replaced, where a login says whose', () => {
    for (const replaceAccount of [true, false]) {
      const text = JSON.stringify({ code: 'c', replaceAccount });
      expect(parseCodeBody(bytes(text), true)).toEqual({ code: 'c', replaceAccount });
      expect(thrownBy(() => parse(text))).toMatchObject({ violations: [{ field: '' }] });
    }
    const twice = '{"code":"c","replaceAccount":false,"replaceAccount":true}';
    expect(thrownBy(() => parseCodeBody(bytes(twice), true))).toMatchObject({
      reason: 'REQUEST_MALFORMED',
    });
    const text = '{"code":"c","replaceAccount":"true"}';
    expect(thrownBy(() => parseCodeBody(bytes(text), true))).toMatchObject({
      violations: [{ field: 'replaceAccount' }],
    });
  });

  it('names all wrong fields at once, and repeats nothing of the request', () => {
    const error = thrownBy(() => parse('{"code":"","nonce":"","secret-name":"secret-value"}'));
    expect(error).toMatchObject({
      violations: [{ field: 'code' }, { field: 'nonce' }, { field: '' }],
    });
    expect(JSON.stringify(error)).not.toMatch(/secret/);
  });
});
