import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Gateway } from '../../src/gateway/server.ts';
import { DRIVE, endOf } from './app-calls.ts';
import type { AppWorld } from './app-world.ts';
import { httpsRequest } from './https-request.ts';
import { json, LEAKY_GOOGLE, LEAKY_RECORDS, LEAKY_VAULT, tokensIn } from './leaky-answers.ts';
import type { RawCalls } from './raw-calls.ts';
import type { RunningApp } from './running-app.ts';
import type { TappedRequest, WireTap } from './wire-tap.ts';

const MOBILE = 1;
const SHORTLY_MS = 1_000;

export interface LeakyParts {
  readonly world: AppWorld;
  /** Between `app` and Vault. */
  readonly vaultTap: WireTap;
  readonly app: RunningApp;
  readonly raw: RawCalls;
  readonly gateway: Gateway;
}

/** A run in which everything fails, with answers that hold every secret there is. */
export class LeakyFlows {
  /** Every secret that was under way, and what it is. */
  readonly planted = new Map<string, string>();
  /** What the gateway answered, headers included. */
  readonly bodies: string[] = [];
  readonly #revocations: Promise<unknown>[] = [];
  readonly #parts: LeakyParts;

  constructor(parts: LeakyParts) {
    this.#parts = parts;
  }

  /** Every flow once in peace, then with Google failing, then with Vault failing, then odd ones. */
  async run(): Promise<void> {
    const { app, raw, vaultTap, world } = this.#parts;
    await app.calls.signIn('peace');
    await this.#postToGateway('gateway');
    world.google.rotateRefreshTokens(true);
    await this.#everyCall('peace');
    world.google.rotateRefreshTokens(false);
    for (const [index, failure] of LEAKY_GOOGLE.entries()) {
      const sub = `google-${index}`;
      await app.calls.signIn(sub);
      world.googleTap.before = failure;
      await this.#everyCall(sub);
      world.googleTap.before = () => 'pass';
    }
    for (const [index, failure] of LEAKY_VAULT.entries()) {
      vaultTap.before = failure;
      await this.#everyCall(`vault-${index}`);
      vaultTap.before = () => 'pass';
    }
    await Promise.all(this.#revocations);
    for (const [index, failure] of LEAKY_VAULT.entries()) await this.#failTheWrite(index, failure);
    for (const [index, failure] of LEAKY_RECORDS.entries()) await this.#failTheRead(index, failure);
    await this.#failTheCommit();
    await this.#corruptRecord();
    await raw.errorOf('exchangeCode', {
      code: await this.#plantCode('odd'),
      oauthClient: 'NO SUCH',
    });
    await raw.errorOf('getAccessToken', { userId: 'odd', scopes: [] });
    await Promise.all(this.#revocations);
    await this.#plantTheRest();
  }

  async #everyCall(sub: string): Promise<void> {
    const { raw } = this.#parts;
    const code = await this.#plantCode(sub);
    const verifier = randomBytes(32).toString('base64url');
    this.planted.set(verifier, 'code verifier');
    const exchange = { code, codeSource: MOBILE, codeVerifier: verifier };
    const timeoutMs = SHORTLY_MS;
    await Promise.all([
      raw.errorOf(
        'exchangeCode',
        { code: await this.#plantCode(sub), codeSource: MOBILE },
        timeoutMs,
      ),
      raw.errorOf('exchangeCode', exchange, timeoutMs),
      raw.errorOf('exchangeCode', { ...exchange, nonce: 'another' }, timeoutMs),
      raw.errorOf('getAccessToken', { userId: sub, scopes: [DRIVE] }, timeoutMs),
      raw.errorOf('getAccessToken', { userId: sub, scopes: ['openid'] }, timeoutMs),
      raw.errorOf('getUser', { userId: sub }, timeoutMs),
      this.#postToGateway(sub),
    ]);
    // Takes two seconds where it goes well; the next failures need not wait for it.
    this.#revocations.push(raw.errorOf('revokeUser', { userId: sub, reason: 'leaks' }));
  }

  async #plantCode(sub: string): Promise<string> {
    const { app } = this.#parts;
    const code = await app.calls.mintCode(sub, { prompt: 'consent' });
    this.planted.set(code, 'code');
    return code;
  }

  async #postToGateway(sub: string): Promise<void> {
    const { gateway, world } = this.#parts;
    const { status, headers, text } = await httpsRequest(
      { port: gateway.port, caPem: readFileSync(world.certificates.caFile, 'utf8') },
      {
        method: 'POST',
        path: '/v1/google/code',
        headers: { 'x-requested-with': 'XmlHttpRequest', 'content-type': 'application/json' },
        body: JSON.stringify({ code: await this.#plantCode(sub), codeSource: 'MOBILE' }),
      },
    );
    this.bodies.push(`${status} ${JSON.stringify(headers)} ${text}`);
  }

  /** The write that carries a refresh token. */
  async #failTheWrite(index: number, failure: WireTap['before']): Promise<void> {
    const { app, raw, vaultTap } = this.#parts;
    const sub = `write-${index}`;
    await app.calls.signIn(sub);
    vaultTap.before = (request) => (isUserWrite(request) ? failure(request) : 'pass');
    await raw.errorOf('revokeUser', { userId: sub, reason: 'leaks' }, SHORTLY_MS);
    vaultTap.before = () => 'pass';
  }

  /** The reads that bring refresh tokens and client secrets. */
  async #failTheRead(index: number, failure: WireTap['after']): Promise<void> {
    const { app, raw, vaultTap } = this.#parts;
    const sub = `read-${index}`;
    await app.calls.signIn(sub);
    vaultTap.after = (request) =>
      /GET .*\/data\/(users|clients)/.test(`${request.method} ${request.path}`)
        ? failure(request)
        : 'pass';
    const fields = { userId: sub, scopes: ['openid'] };
    await Promise.all([
      raw.errorOf('getAccessToken', fields, SHORTLY_MS),
      raw.errorOf('getAccessToken', { ...fields, oauthClient: 'third' }, SHORTLY_MS),
      raw.errorOf('getUser', { userId: sub }, SHORTLY_MS),
      raw.errorOf(
        'exchangeCode',
        { code: await this.#plantCode(sub), oauthClient: 'third' },
        SHORTLY_MS,
      ),
    ]);
    vaultTap.after = () => 'pass';
  }

  /** Google has answered, and Vault does not take the token for a while. */
  async #failTheCommit(): Promise<void> {
    const { app, raw, vaultTap } = this.#parts;
    const code = await this.#plantCode('held');
    vaultTap.before = (request) =>
      isUserWrite(request) ? json(503, { errors: [request.body] }) : 'pass';
    await raw.errorOf('exchangeCode', { code, codeSource: MOBILE }, SHORTLY_MS);
    vaultTap.before = () => 'pass';
    expect(await endOf(app.calls.exchange(code))).toBe('OK');
  }

  /** A record that nobody can read any more, with a refresh token in it. */
  async #corruptRecord(): Promise<void> {
    const { app, vaultTap, world } = this.#parts;
    vaultTap.requests.length = 0;
    await app.calls.signIn('corrupt');
    const [path = ''] = vaultTap.matching('/data/users/').map((request) => request.path.slice(4));
    const { body } = await world.root.read(path);
    const { data, metadata } = Object(body).data;
    const record = `${data.record} and more`;
    await world.root.write(path, { data: { record }, options: { cas: metadata.version } });
    await this.#everyCall('corrupt');
  }

  async #plantTheRest(): Promise<void> {
    const { world } = this.#parts;
    for (const [token, what] of tokensIn(world.googleTap.matching('/token'))) {
      this.planted.set(token, what);
    }
    for (const [alias, { secret }] of Object.entries(world.clients)) {
      this.planted.set(secret, `client secret of ${alias}`);
    }
    this.planted.set(world.serviceToken.reveal(), 'service token');
    this.planted.set(world.server.rootToken, 'root token');
    const key = await world.root.read(`${world.mounts.mount}/data/path-key`);
    const record = JSON.stringify(key.body);
    this.planted.set(/key\W+([\w-]{40,})/.exec(record)?.[1] ?? '', 'path key');
    const pem = readFileSync(world.certificates.server.keyFile, 'utf8');
    this.planted.set(pem.split('\n')[1] ?? '', 'private TLS key');
  }
}

function isUserWrite({ method, path }: TappedRequest): boolean {
  return method === 'POST' && path.includes('/data/users/');
}
