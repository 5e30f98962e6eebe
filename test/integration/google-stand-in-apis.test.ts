import { OAuth2Client } from 'google-auth-library';
import { google as googleapis } from 'googleapis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoogleStandIn } from '../../src/dev/google/stand-in.ts';
import { OTHER, StandInClient, startWithTwoClients, WEB } from './stand-in-client.ts';

let standIn: GoogleStandIn;
let google: StandInClient;

beforeAll(async () => {
  standIn = await startWithTwoClients();
  google = new StandInClient(standIn);
});
afterAll(() => standIn.stop());

const APPDATA = 'https://www.googleapis.com/auth/drive.appdata';
const DRIVE_FILE = 'https://www.googleapis.com/auth/drive.file';

/** Google's own library, told only where the endpoints are. */
function library(): OAuth2Client {
  return new OAuth2Client({
    clientId: WEB,
    clientSecret: 'GOCSPX-web-new',
    endpoints: {
      oauth2TokenUrl: `${standIn.url}/token`,
      oauth2RevokeUrl: `${standIn.url}/revoke`,
      tokenInfoUrl: `${standIn.url}/tokeninfo`,
      oauth2FederatedSignonPemCertsUrl: `${standIn.url}/oauth2/v1/certs`,
    },
  });
}

function keyIdOf(idToken = ''): unknown {
  return JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString()).kid;
}

function drive(accessToken: string) {
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: accessToken });
  return googleapis.drive({ version: 'v3', auth, rootUrl: standIn.url, retry: false });
}

describe('revocation', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    'by %s ends all tokens of the user at every client of the project',
    async (which) => {
      const sub = `revoked-${which}`;
      const here = await google.signUp({ sub });
      const there = await google.signUp({ sub, clientId: OTHER });
      const bystander = await google.signUp({ sub: `bystander-${which}` });
      expect((await google.post('/revoke', { token: here[which] })).status).toBe(200);

      const dead = { status: 400, body: { error: 'invalid_grant' } };
      expect(await google.refresh(here.refresh_token)).toMatchObject(dead);
      const other = { client_id: OTHER };
      expect(await google.refresh(there.refresh_token, other)).toMatchObject(dead);
      await expect(library().getTokenInfo(there.access_token)).rejects.toThrow('invalid_token');
      expect((await google.refresh(bystander.refresh_token)).status).toBe(200);
    },
  );

  it('makes the next sign-in a first consent', async () => {
    await google.signUp({ sub: 'returns' });
    await standIn.revokeUser('returns');
    expect(await google.signUp({ sub: 'returns' })).toHaveProperty('refresh_token');
  });

  it('takes the token in the query, as the library of Google sends it', async () => {
    const { refresh_token } = await google.signUp({ sub: 'query' });
    expect((await library().revokeToken(refresh_token)).status).toBe(200);
    expect((await google.refresh(refresh_token)).status).toBe(400);
  });

  it('refuses unknown tokens, a second time, none at all, and GET', async () => {
    const { refresh_token } = await google.signUp({ sub: 'twice' });
    await google.post('/revoke', { token: refresh_token });
    const unknown = { status: 400, body: { error: 'invalid_token' } };
    expect(await google.post('/revoke', { token: refresh_token })).toMatchObject(unknown);
    expect(await google.post('/revoke', { token: 'made-up' })).toMatchObject(unknown);
    expect((await google.post('/revoke', {})).body.error).toBe('invalid_request');
    expect((await google.get('/revoke?token=x')).status).toBe(404);
  });
});

describe('identity', () => {
  it('signs ID tokens that the library of Google accepts with its default settings', async () => {
    const { id_token = '' } = await google.signUp({ sub: 'identity' });
    const ticket = await library().verifyIdToken({ idToken: id_token, audience: WEB });
    expect(ticket.getPayload()).toMatchObject({
      iss: 'https://accounts.google.com',
      aud: WEB,
      azp: WEB,
      sub: 'identity',
      email: 'identity@example.com',
      email_verified: true,
      name: expect.any(String),
    });
  });

  it('gives claims only for scopes', async () => {
    const { id_token = '' } = await google.signUp({ sub: 'bare', scopes: ['openid'] });
    const ticket = await library().verifyIdToken({ idToken: id_token, audience: WEB });
    expect(ticket.getPayload()).not.toHaveProperty('email');
    const none = await google.signUp({ sub: 'none', scopes: [APPDATA] });
    expect(none).not.toHaveProperty('id_token');
  });

  it('goes on verifying old tokens after the key changed', async () => {
    const before = await google.signUp({ sub: 'before-rotation' });
    standIn.rotateSigningKey();
    const after = await google.signUp({ sub: 'after-rotation' });
    for (const { id_token = '' } of [before, after]) {
      const ticket = await library().verifyIdToken({ idToken: id_token, audience: WEB });
      expect(ticket.getUserId()).toMatch(/-rotation$/);
    }
    expect(keyIdOf(after.id_token)).not.toBe(keyIdOf(before.id_token));
    const { headers, body } = await google.get('/oauth2/v3/certs');
    expect(headers.get('cache-control')).toMatch(/max-age=\d+/);
    expect(body.keys).toHaveLength(2);
  });

  it('answers tokeninfo and userinfo', async () => {
    const { access_token } = await google.signUp({ sub: 'info' });
    expect(await library().getTokenInfo(access_token)).toMatchObject({
      aud: WEB,
      sub: 'info',
      access_type: 'offline',
      scopes: expect.arrayContaining(['openid', APPDATA]),
    });
    const userinfo = await google.get('/oauth2/v3/userinfo', access_token);
    expect(userinfo.body).toMatchObject({ sub: 'info', email: 'info@example.com' });
    expect((await google.get('/oauth2/v3/userinfo', 'made-up')).status).toBe(401);
  });
});

describe('Drive, by the client of googleapis', () => {
  it('lists and reads the files of the app folder', async () => {
    const { access_token } = await google.signUp({ sub: 'drive' });
    const { data } = await drive(access_token).files.list({ spaces: 'appDataFolder' });
    expect(data.files?.map(({ name }) => name)).toContain('settings.json');

    const fileId = data.files?.find(({ name }) => name === 'settings.json')?.id ?? '';
    const file = await drive(access_token).files.get({ fileId, fields: 'id,name,size' });
    expect(file.data).toMatchObject({
      name: 'settings.json',
      size: expect.stringMatching(/^\d+$/),
    });
    const content = await drive(access_token).files.get({ fileId, alt: 'media' });
    expect(content.data).toMatchObject({ theme: 'dark' });
  });

  it('gives a list in pages', async () => {
    const { access_token } = await google.signUp({ sub: 'pages' });
    const list = { spaces: 'appDataFolder', pageSize: 2 };
    const first = await drive(access_token).files.list(list);
    const pageToken = first.data.nextPageToken ?? '';
    const second = await drive(access_token).files.list({ ...list, pageToken });
    expect([first, second].map(({ data }) => data.files?.length)).toEqual([2, 1]);
    expect(second.data).not.toHaveProperty('nextPageToken');
  });

  it('shows a token no more than its scopes', async () => {
    const { access_token } = await google.signUp({ sub: 'file', scopes: [DRIVE_FILE] });
    const { data } = await drive(access_token).files.list();
    expect(data.files?.map(({ name }) => name)).toEqual(['Report.txt']);
    await expect(drive(access_token).files.list({ spaces: 'appDataFolder' })).rejects.toMatchObject(
      { status: 403 },
    );
    await expect(drive(access_token).files.get({ fileId: '1appNotes' })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('refuses a token without a scope of Drive', async () => {
    const { access_token } = await google.signUp({ sub: 'no-drive', scopes: ['openid'] });
    const { status, body } = await google.get('/drive/v3/files', access_token);
    expect(status).toBe(403);
    expect(JSON.stringify(body)).toContain('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  });

  it('refuses a token that has expired', async () => {
    standIn.setAccessTokenLife(1);
    const { access_token } = await google.signUp({ sub: 'expires' });
    standIn.setAccessTokenLife(3599);
    const status = async () => (await google.get('/drive/v3/files', access_token)).status;
    await expect.poll(status, { timeout: 5_000 }).toBe(401);
  });

  it('refuses no token, a refresh token, and one that was revoked', async () => {
    const { access_token, refresh_token } = await google.signUp({ sub: 'drive-revoked' });
    await standIn.revokeUser('drive-revoked');
    for (const bearer of [undefined, refresh_token, access_token]) {
      const { status, body } = await google.get('/drive/v3/files', bearer);
      expect(status).toBe(401);
      expect(body.error).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    }
  });
});
