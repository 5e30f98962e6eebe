import { describe, expect, it } from 'vitest';
import {
  type ImportLine,
  importLines,
  readImportLine,
} from '../../../src/cli/users/import-line.ts';

const GOOD = {
  user_id: '108',
  oauth_client: 'web',
  refresh_token: '1//secret',
  scopes: ['openid'],
};
const read = (fields: object) => readImportLine(JSON.stringify(fields), 7, false);

async function linesOf(text: string, pieceBytes = 5) {
  async function* pieces() {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const lines: ImportLine[] = [];
  for await (const line of importLines(pieces(), true)) lines.push(line);
  return lines;
}

describe('a line of an import', () => {
  it('becomes the request', () => {
    const line = read({ ...GOOD, external_user_id: 'x', consent_time: '2020-01-01T00:00:00Z' });
    expect(line).toEqual({
      number: 7,
      request: {
        userId: '108',
        oauthClient: 'web',
        refreshToken: '1//secret',
        scopes: ['openid'],
        externalUserId: 'x',
        verify: false,
        consentTime: new Date('2020-01-01T00:00:00Z'),
      },
    });
  });

  it('may leave out the client, and the scopes for TokenVault to judge', () => {
    const { user_id, refresh_token } = GOOD;
    expect(read({ user_id, refresh_token })).toMatchObject({
      request: { oauthClient: '', scopes: [] },
    });
  });

  it.each<[string, string]>([
    ['{"user_id": "108", 1//secret', 'it is not a JSON object'],
    ['"1//secret"', 'it is not a JSON object'],
    ['["1//secret"]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    [JSON.stringify({ ...GOOD, user_id: 108 }), '`user_id` must be Google’s id of the user'],
    [
      JSON.stringify({ ...GOOD, user_id: '1//secret' }),
      '`user_id` must be Google’s id of the user',
    ],
    [JSON.stringify({ ...GOOD, refresh_token: ['1//secret'] }), '`refresh_token` must be a text'],
    [JSON.stringify({ ...GOOD, scopes: '1//secret' }), '`scopes` must be a list of texts'],
    [JSON.stringify({ ...GOOD, scopes: [{ s: '1//secret' }] }), '`scopes` must be a list of texts'],
    [JSON.stringify({ ...GOOD, scopes: ['openid', '1//secret'] }), '`scopes` must be a list'],
    [
      JSON.stringify({ ...GOOD, external_user_id: '1//secret' }),
      '`external_user_id` must be a text',
    ],
    [JSON.stringify({ ...GOOD, oauth_client: 'ya29.secret' }), '`oauth_client` must be a text'],
    [JSON.stringify({ ...GOOD, consent_time: '1//secret' }), 'a time as in RFC 3339'],
    [JSON.stringify({ ...GOOD, '1//secret': 1 }), 'it has a key beside user_id, oauth_client'],
    [`{"user_id":"${'1//secret'.repeat(8_000)}"}`, 'it is longer than 64 KiB'],
  ])('that is not one is told without a word of it (%#)', (text, problem) => {
    const line = readImportLine(text, 1, false);
    expect(line).toEqual({ number: 1, problem: expect.stringContaining(problem) });
    expect(JSON.stringify(line)).not.toContain('secret');
  });
});

describe('the lines of a file', () => {
  it('keep their numbers, also past empty ones and without an end to the last', async () => {
    const text = `\uFEFF${JSON.stringify(GOOD)}\r\n\n  \n${JSON.stringify({ ...GOOD, user_id: 'ä' })}`;
    const lines = await linesOf(text);
    expect(lines).toMatchObject([
      { number: 1, request: { userId: '108', verify: true } },
      { number: 4, request: { userId: 'ä' } },
    ]);
  });

  it('of which one is too long are read on behind it', async () => {
    const lines = await linesOf(`${'x'.repeat(200_000)}\n${JSON.stringify(GOOD)}\n`, 4_096);
    expect(lines).toMatchObject([
      { number: 1, problem: 'it is longer than 64 KiB' },
      { number: 2, request: { userId: '108' } },
    ]);
  });

  it('may end in one that is too long, or be none', async () => {
    expect(await linesOf('x'.repeat(200_000), 4_096)).toMatchObject([{ number: 1 }]);
    expect(await linesOf('')).toEqual([]);
  });
});
