import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { TokenIssuer } from '../../src/domain/token-issuer.ts';
import { type Answer, json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

export const AUDIENCE = 'tokenvault.example';
export const SUBJECT = 'system:serviceaccount:apps:drive-worker';

/** One signing key of an issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  /** As it is published. */
  readonly jwk: JWK;
}

/** What a token says other than a proper one; undefined leaves it out. */
export interface OddToken {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: IssuerKey;
}

type KeyPairOptions = Parameters<typeof generateKeyPair>[1];

export async function makeKey(
  kid: string,
  alg = 'RS256',
  options: KeyPairOptions = {},
): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, jwk };
}

/** An issuer of tokens behind a real HTTP server: its OpenID configuration, and its keys. */
export class RunningIssuer {
  readonly server: ScriptedServer;
  readonly #key: IssuerKey;
  /** What is published. */
  keys: readonly JWK[];
  /** Answers instead of it. */
  fault: Answer | undefined;

  private constructor(server: ScriptedServer, key: IssuerKey) {
    this.server = server;
    this.#key = key;
    this.keys = [key.jwk];
    server.answer = (response, request) => {
      const body = request.path.endsWith('/openid-configuration')
        ? { issuer: server.url, jwks_uri: `${server.url}/keys`, more: ['of', 'it'] }
        : { keys: this.keys };
      const type = { 'content-type': 'application/jwk-set+json' };
      (this.fault ?? json(200, body, request.path === '/keys' ? type : {}))(response, request);
    };
  }

  /** @param key made once for all tests of a file: that is what takes longest */
  static async start(key?: IssuerKey): Promise<RunningIssuer> {
    return new RunningIssuer(await startScriptedServer(), key ?? (await makeKey('first')));
  }

  get issuer(): string {
    return this.server.url;
  }

  /** How often the keys were fetched. */
  get fetches(): number {
    return this.server.requests.filter(({ path }) => path === '/keys').length;
  }

  /** For the service; `more` is over it. */
  options(more: Partial<TokenIssuer> = {}): TokenIssuer {
    return {
      issuer: this.issuer,
      audience: AUDIENCE,
      algorithms: ['RS256', 'ES256'],
      types: ['JWT'],
      maxLifeMs: 3_600_000,
      ...more,
    };
  }

  /** A token that is good for half an hour, but for what `odd` says. */
  async token(odd: OddToken = {}): Promise<string> {
    const { kid, alg, privateKey } = odd.key ?? this.#key;
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: this.issuer, aud: AUDIENCE, sub: SUBJECT, iat: now, exp: now + 1_800 };
    const payload = present({ ...claims, ...odd.claims });
    const header = present({ alg, kid, typ: 'JWT', ...odd.header });
    return new SignJWT(payload as JWTPayload)
      .setProtectedHeader({ ...header, alg })
      .sign(privateKey);
  }

  /** `payload` as it is, under a proper header and a proper signature. */
  async signed(payload: string, header?: string): Promise<string> {
    const { kid, alg, privateKey } = this.#key;
    const head = header ?? JSON.stringify({ alg, kid, typ: 'JWT' });
    const input = [head, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const bytes = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(input));
    return `${input}.${Buffer.from(bytes).toString('base64url')}`;
  }

  /** Answers nobody, until what it returns is called. */
  hold(): () => void {
    const held: (() => void)[] = [];
    this.fault = (...asked) => held.push(() => this.server.answer(...asked));
    return () => {
      this.fault = undefined;
      for (const answer of held) answer();
    };
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
