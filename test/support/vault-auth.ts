import { randomBytes } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { VaultClient, VaultReply } from '../../src/vault/vault-client.ts';

/** How long tokens of a role live. */
export interface RoleLife {
  /** Default: 1 h. */
  readonly ttl?: string;
  readonly maxTtl?: string;
  readonly type?: 'service' | 'batch';
}

/** Whoever of Vault's operators prepares an auth method. */
export class AuthOperator {
  readonly #root: VaultClient;
  readonly #policy: string;

  constructor(root: VaultClient, policy: string) {
    this.#root = root;
    this.#policy = policy;
  }

  /** Under a path that no other test has. */
  async enable(type: string): Promise<string> {
    const mount = `${type}-${randomBytes(4).toString('hex')}`;
    await this.write(`sys/auth/${mount}`, { type });
    return mount;
  }

  tokenFields({ ttl = '1h', maxTtl, type = 'service' }: RoleLife = {}): object {
    return {
      token_policies: [this.#policy],
      token_ttl: ttl,
      token_type: type,
      ...(maxTtl === undefined ? {} : { token_max_ttl: maxTtl }),
    };
  }

  async appRole(life?: RoleLife): Promise<AppRole> {
    const mount = await this.enable('approle');
    const role = `auth/${mount}/role/service`;
    await this.write(role, this.tokenFields(life));
    const { data } = await this.read(`${role}/role-id`);
    return {
      mount,
      roleId: textOf(data.role_id),
      secretIdPath: `${role}/secret-id`,
      rolePath: role,
    };
  }

  async secretId({ secretIdPath }: AppRole): Promise<string> {
    return textOf((await this.write(secretIdPath, {})).data.secret_id);
  }

  async write(path: string, body: object): Promise<AnyBody> {
    return bodyOf(path, await this.#root.write(path, body));
  }

  async read(path: string): Promise<AnyBody> {
    return bodyOf(path, await this.#root.read(path));
  }
}

export interface AppRole {
  readonly mount: string;
  readonly roleId: string;
  readonly rolePath: string;
  readonly secretIdPath: string;
}

/** An answer of Vault, as far as tests read it. */
export interface AnyBody {
  readonly data: Readonly<Record<string, string>>;
}

function textOf(value: string | undefined): string {
  if (value === undefined) throw new Error('Vault’s answer lacks a field');
  return value;
}

function bodyOf(path: string, { status, body }: VaultReply): AnyBody {
  if (status !== 200 && status !== 204) {
    throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  }
  return { data: {}, ...Object(body) };
}

/** Wraps an answer, which `VaultClient` never asks for. */
export async function wrapped(
  { address, rootToken }: { readonly address: string; readonly rootToken: string },
  path: string,
): Promise<string> {
  const headers = { 'X-Vault-Token': rootToken, 'X-Vault-Wrap-TTL': '120s' };
  const reply = await fetch(`${address}/v1/${path}`, { method: 'POST', headers, body: '{}' });
  return Object(await reply.json()).wrap_info.token;
}

/** Somebody who issues tokens, with the key that Vault is to trust. */
export async function tokenIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT({ iss: 'https://issuer.example', ...claims })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(privateKey);
  return { publicPem: await exportSPKI(publicKey), sign };
}

const POD = { namespace: 'apps', name: 'tokenvault', uid: 'a-uid' };

/** The claims of the token of a pod's service account. */
export const POD_CLAIMS = {
  iss: 'https://kubernetes.default.svc.cluster.local',
  sub: `system:serviceaccount:${POD.namespace}:${POD.name}`,
  aud: ['https://kubernetes.default.svc.cluster.local'],
  'kubernetes.io': {
    namespace: POD.namespace,
    serviceaccount: { name: POD.name, uid: POD.uid },
  },
};

/** The TokenReview API of Kubernetes: it knows the tokens in `known` and no others. */
export class TokenReviews {
  readonly known = new Set<string>();
  readonly #server: HttpServer;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { token, audiences } = JSON.parse(body).spec;
      const user = { username: POD_CLAIMS.sub, uid: POD.uid, groups: ['system:serviceaccounts'] };
      const status = this.known.has(token)
        ? { authenticated: true, user, audiences }
        : { authenticated: false };
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', status }),
      );
    });
  }

  static async start(): Promise<TokenReviews> {
    const reviews = new TokenReviews();
    await new Promise<void>((resolve) => reviews.#server.listen(0, '127.0.0.1', resolve));
    return reviews;
  }

  get url(): string {
    // A server that listens on TCP has an address of this type.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
