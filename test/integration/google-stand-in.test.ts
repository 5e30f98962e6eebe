import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoogleStandIn } from '../../src/dev/google/stand-in.ts';
import {
  CALLBACK,
  OTHER,
  StandInClient,
  startWithTwoClients,
  tokensOf,
  WEB,
} from './stand-in-client.ts';

let standIn: GoogleStandIn;
let google: StandInClient;

beforeAll(async () => {
  standIn = await startWithTwoClients();
  google = new StandInClient(standIn);
});
afterAll(() => standIn.stop());

const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';
const APPDATA = 'https://www.googleapis.com/auth/drive.appdata';
const VERIFIER = 'a-verifier-that-is-long-enough-to-be-a-valid-one';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

const mint = (sub: string, more = {}) => standIn.mintCode({ clientId: WEB, sub, ...more });

describe('exchanging a code', () => {
  it('gives the tokens of Google', async () => {
    const answer = await google.exchange(await mint('first'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({
      access_token: expect.stringMatching(/^ya29\./),
      refresh_token: expect.stringMatching(/^1\/\//),
      id_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3599,
    });
  });

  it('names email and profile by their long names', async () => {
    const { scope } = await google.signUp({ sub: 'names', scopes: ['openid', 'email', APPDATA] });
    expect(scope.split(' ').sort()).toEqual([APPDATA, EMAIL, 'openid'].sort());
  });

  it.each([
    ['mobile', '', 'postmessage'],
    ['postmessage', 'postmessage', ''],
    ['redirect', CALLBACK, 'postmessage'],
  ] as const)('wants the redirect_uri of a %s code', async (source, right, wrong) => {
    const code = await mint(`uri-${source}`, { source });
    expect(await google.exchange(code, { redirect_uri: wrong })).toMatchObject({
      status: 400,
      body: { error: 'redirect_uri_mismatch' },
    });
    expect((await google.exchange(code, { redirect_uri: right })).status).toBe(200);
  });

  it('tells an absent redirect_uri from an empty one', async () => {
    const form = { grant_type: 'authorization_code', code: await mint('absent') };
    const client = { client_id: WEB, client_secret: 'GOCSPX-web-new' };
    expect(await google.post('/token', { ...form, ...client })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'Missing parameter: redirect_uri' },
    });
  });

  it.each([
    ['a wrong', `x${VERIFIER}`, 'Invalid code verifier.'],
    ['no', '', 'Missing code verifier.'],
  ])('refuses %s PKCE verifier', async (_which, code_verifier, error_description) => {
    const code = await mint('pkce', { codeChallenge: CHALLENGE });
    expect(await google.exchange(code, { code_verifier })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description },
    });
    expect((await google.exchange(code, { code_verifier: VERIFIER })).status).toBe(200);
  });

  it('refuses a verifier for a code without a challenge', async () => {
    expect(await google.exchange(await mint('no-pkce'), { code_verifier: VERIFIER })).toMatchObject(
      {
        status: 400,
        body: { error_description: 'code_verifier or verifier is not needed.' },
      },
    );
  });

  it('takes a code once, also when two ask at the same time', async () => {
    const code = await mint('race');
    const answers = await Promise.all([1, 2, 3, 4].map(() => google.exchange(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.find(({ status }) => status !== 200)?.body.error).toBe('invalid_grant');
  });

  it.each([
    ['expired', () => mint('late', { ttlSeconds: 0 }), 'Bad Request'],
    ['made up', async () => '4/0Amade-up', 'Malformed auth code.'],
    ['encoded twice', async () => encodeURIComponent(await mint('twice')), 'Malformed auth code.'],
  ])('refuses a code that is %s', async (_why, code, error_description) => {
    expect(await google.exchange(await code())).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description },
    });
  });
});

describe('the client', () => {
  it.each([
    [{ client_secret: 'wrong' }, 'The provided client secret is invalid.'],
    [{ client_id: 'nobody.apps.googleusercontent.com' }, 'The OAuth client was not found.'],
  ])('with %o is refused, and its code stays good', async (wrong, error_description) => {
    const code = await mint('client-errors');
    expect(await google.exchange(code, wrong)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description },
    });
    expect((await google.exchange(code)).status).toBe(200);
  });

  it('may use either of two secrets, until one is taken away', async () => {
    const { refresh_token } = await google.signUp({ sub: 'secrets' });
    const old = { client_secret: 'GOCSPX-web-old' };
    expect((await google.refresh(refresh_token, old)).status).toBe(200);
    standIn.setClientSecrets(WEB, ['GOCSPX-web-new']);
    expect((await google.refresh(refresh_token, old)).status).toBe(401);
    expect((await google.refresh(refresh_token)).status).toBe(200);
    standIn.setClientSecrets(WEB, ['GOCSPX-web-new', 'GOCSPX-web-old']);
  });

  it('cannot use what belongs to another one', async () => {
    const foreign = { status: 401, body: { error: 'unauthorized_client' } };
    const { refresh_token } = await google.signUp({ sub: 'foreign' });
    expect(await google.refresh(refresh_token, { client_id: OTHER })).toMatchObject(foreign);
    const code = await mint('foreign');
    expect(await google.exchange(code, { client_id: OTHER })).toMatchObject(foreign);
  });
});

describe('a refresh token', () => {
  it('comes with the first consent only', async () => {
    await google.signUp({ sub: 'consent' });
    expect((await google.exchange(await mint('consent'))).body).not.toHaveProperty('refresh_token');
  });

  it.each([
    ['prompt=consent', { prompt: 'consent' }],
    ['a scope that is new', { scopes: ['openid', 'https://www.googleapis.com/auth/drive'] }],
  ])('comes again with %s', async (_why, more) => {
    await google.signUp({ sub: `again-${_why}` });
    expect(tokensOf(await google.exchange(await mint(`again-${_why}`, more)))).toHaveProperty(
      'refresh_token',
    );
  });

  it('does not come without offline access', async () => {
    const code = await mint('online', { accessType: 'online' });
    expect((await google.exchange(code)).body).not.toHaveProperty('refresh_token');
  });

  it('is not repeated in the answer to its use', async () => {
    const { refresh_token } = await google.signUp({ sub: 'repeat' });
    expect((await google.refresh(refresh_token)).body).not.toHaveProperty('refresh_token');
    expect((await google.refresh(refresh_token)).status).toBe(200);
  });

  it('is replaced, and dies, where rotation is on', async () => {
    const { refresh_token } = await google.signUp({ sub: 'rotation' });
    standIn.rotateRefreshTokens(true);
    const replaced = tokensOf(await google.refresh(refresh_token));
    standIn.rotateRefreshTokens(false);
    expect(replaced.refresh_token).not.toBe(refresh_token);
    expect(await google.refresh(refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    });
    expect((await google.refresh(replaced.refresh_token ?? '')).status).toBe(200);
  });

  it('gives fewer scopes when asked, and never more', async () => {
    const { refresh_token } = await google.signUp({
      sub: 'narrow',
      scopes: ['openid', 'email', APPDATA],
    });
    const narrow = tokensOf(await google.refresh(refresh_token, { scope: 'email' }));
    expect(narrow.scope).toBe(EMAIL);
    const wider = 'https://www.googleapis.com/auth/drive';
    expect(await google.refresh(refresh_token, { scope: wider })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  it('gives tokens of the life that was set', async () => {
    const { refresh_token } = await google.signUp({ sub: 'life' });
    standIn.setAccessTokenLife(120);
    const { expires_in } = tokensOf(await google.refresh(refresh_token));
    standIn.setAccessTokenLife(3599);
    expect(expires_in).toBe(120);
  });
});
