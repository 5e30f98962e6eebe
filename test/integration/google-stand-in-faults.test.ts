import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GoogleStandIn } from '../../src/dev/google/stand-in.ts';
import { StandInClient, startWithTwoClients, WEB } from './stand-in-client.ts';

let standIn: GoogleStandIn;
let google: StandInClient;

beforeEach(async () => {
  standIn = await startWithTwoClients();
  google = new StandInClient(standIn);
});
afterEach(() => standIn.stop());

describe('faults', () => {
  it('hit as many requests as they say, the oldest first', async () => {
    const { refresh_token } = await google.signUp();
    standIn.faults.add({ path: '/token', status: 503, times: 2 });
    standIn.faults.add({ path: '/token', status: 429, headers: { 'retry-after': '7' } });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await google.refresh(refresh_token)).status);
    expect(statuses).toEqual([503, 503, 429, 200]);
    expect(standIn.faults.pending()).toEqual([]);
  });

  it('answer with any headers and body', async () => {
    const { refresh_token } = await google.signUp();
    standIn.faults.add({
      path: '/token',
      status: 403,
      headers: { 'content-type': 'text/html', 'retry-after': '7' },
      body: '<html>sorry</html>',
    });
    const { status, headers, body } = await google.refresh(refresh_token);
    expect([status, headers.get('retry-after'), body]).toEqual([
      403,
      '7',
      { text: '<html>sorry</html>' },
    ]);
  });

  it('can be meant for one kind of request', async () => {
    const { refresh_token } = await google.signUp();
    standIn.faults.add({ path: '/token', form: { grant_type: 'refresh_token' }, status: 500 });
    expect((await google.exchange(await standIn.mintCode({ clientId: WEB }))).status).toBe(200);
    expect((await google.refresh(refresh_token)).status).toBe(500);
  });

  it('can cut the connection before anything happened', async () => {
    const code = await standIn.mintCode({ clientId: WEB });
    standIn.faults.add({ path: '/token', drop: 'before' });
    await expect(google.exchange(code)).rejects.toThrow();
    expect((await google.exchange(code)).status).toBe(200);
  });

  it.each([
    ['the connection', { drop: 'after' } as const],
    ['the body', { body: '{"access_tok' }],
  ])('can spoil %s after the code was consumed', async (_what, fault) => {
    const code = await standIn.mintCode({ clientId: WEB });
    standIn.faults.add({ path: '/token', ...fault });
    await expect(google.exchange(code)).rejects.toThrow();
    expect((await google.exchange(code)).body.error).toBe('invalid_grant');
  });

  it('can lose the answer to a revocation that took effect', async () => {
    const { refresh_token } = await google.signUp();
    standIn.faults.add({ path: '/revoke', drop: 'after' });
    await expect(google.post('/revoke', { token: refresh_token })).rejects.toThrow();
    expect((await google.refresh(refresh_token)).status).toBe(400);
  });

  it('can make an answer late', async () => {
    const { refresh_token } = await google.signUp();
    standIn.faults.add({ path: '/token', delayMs: 50 });
    const startedAt = performance.now();
    expect((await google.refresh(refresh_token)).status).toBe(200);
    // Timers may fire a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
  });
});

describe('the request log', () => {
  it('counts by path and field, faulty requests too', async () => {
    const { refresh_token } = await google.signUp();
    standIn.faults.add({ path: '/token', status: 503 });
    await google.refresh(refresh_token);
    await google.refresh(refresh_token);
    const { requests } = standIn;
    expect(requests.count('/token', { grant_type: 'authorization_code' })).toBe(1);
    expect(requests.count('/token', { grant_type: 'refresh_token', client_id: WEB })).toBe(2);
    requests.clear();
    expect(requests.count()).toBe(0);
  });

  it('keeps the hash of a credential and never the credential', async () => {
    const code = await standIn.mintCode({ clientId: WEB });
    await google.exchange(code);
    const [entry] = standIn.requests.list('/token');
    expect(entry?.credential_sha256).toBe(createHash('sha256').update(code).digest('hex'));
    const kept = JSON.stringify(standIn.requests.list());
    expect(kept).not.toContain(code);
    expect(kept).not.toContain('GOCSPX');
  });
});

describe('/__admin', () => {
  async function admin(method: string, path: string, body?: object) {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${standIn.url}/__admin${path}`, { method, ...init });
    const answer: Record<string, unknown> = JSON.parse(await response.text());
    return { status: response.status, body: answer };
  }

  it('mints a code', async () => {
    const { body } = await admin('POST', '/code', { clientId: WEB, source: 'postmessage' });
    const exchanged = await google.exchange(String(body.code), { redirect_uri: 'postmessage' });
    expect(exchanged.status).toBe(200);
  });

  it('adds, shows and clears faults', async () => {
    await admin('POST', '/faults', { path: '/token', status: 503, times: 3 });
    expect((await admin('GET', '/faults')).body).toEqual([
      { path: '/token', status: 503, times: 3 },
    ]);
    await admin('DELETE', '/faults');
    expect((await admin('GET', '/faults')).body).toEqual([]);
  });

  it('revokes a user', async () => {
    const { refresh_token } = await google.signUp({ sub: 'by-admin' });
    await admin('POST', '/revoke', { sub: 'by-admin' });
    expect((await google.refresh(refresh_token)).status).toBe(400);
  });

  it('changes settings', async () => {
    const { refresh_token } = await google.signUp();
    await admin('POST', '/settings', {
      accessTokenLifeSeconds: 60,
      rotateRefreshTokens: true,
      rotateSigningKey: true,
      clientSecrets: { [WEB]: ['GOCSPX-changed'] },
    });
    const changed = await google.refresh(refresh_token, { client_secret: 'GOCSPX-changed' });
    expect(changed.body).toMatchObject({ expires_in: 60, refresh_token: expect.any(String) });
  });

  it('limits the rate of the token endpoint, until that is lifted', async () => {
    const { refresh_token } = await google.signUp();
    await admin('POST', '/settings', { rateLimit: { perSecond: 0.001, burst: 1 } });
    expect((await google.refresh(refresh_token)).status).toBe(200);
    const { status, headers, body } = await google.refresh(refresh_token);
    expect([status, headers.get('retry-after')]).toEqual([429, '1']);
    expect(body).toMatchObject({ error: 'rate_limit_exceeded' });
    await admin('POST', '/settings', { rateLimit: null });
    expect((await google.refresh(refresh_token)).status).toBe(200);
  });

  it('shows the requests, its own not among them', async () => {
    await google.signUp();
    const { body } = await admin('GET', '/requests?path=/token');
    expect(body).toMatchObject([{ path: '/token', grant_type: 'authorization_code' }]);
    expect((await admin('GET', '/requests')).body).toHaveLength(1);
  });

  it.each([
    ['a field that it does not know', '/code', { clientId: WEB, scope: 'openid' }, 'scope'],
    ['a client that it does not know', '/code', { clientId: 'nobody' }, 'nobody'],
    ['a third secret', '/settings', { clientSecrets: { [WEB]: ['a', 'b', 'c'] } }, 'clientSecrets'],
  ])('says what is wrong with %s', async (_what, path, wrong, named) => {
    const { status, body } = await admin('POST', path, wrong);
    expect(status).toBe(400);
    expect(body.error).toContain(named);
  });
});

describe('starting', () => {
  it('fails with the code of a busy port', async () => {
    const { startGoogleStandIn } = await import('../../src/dev/google/stand-in.ts');
    const port = Number(new URL(standIn.url).port);
    await expect(startGoogleStandIn({ port, clients: [] })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('refuses a body of more than 64 KiB', async () => {
    const { status } = await google.post('/token', { code: 'x'.repeat(70_000) });
    expect(status).toBe(413);
  });
});
