import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { connect, type TokenVaultConnection } from '../../src/client/connect.ts';
import { GetUserRequest } from '../../src/client/messages.ts';
import { openConnection } from '../../src/client/open-connection.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { devSpiffeId } from '../../src/dev/certificate-files.ts';
import { type CertificateAuthority, loadCertificateAuthority } from '../../src/dev/certificates.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { httpRequest } from '../support/http-request.ts';
import { AUDIENCE, RunningIssuer, SUBJECT } from '../support/token-issuer.ts';

const JOBS = { 'kubernetes.io': { namespace: 'jobs', serviceaccount: { name: 'any' } } };

let world: AppWorld;
let issuer: RunningIssuer;
let app: AppProcess;
let folder: string;
let authority: CertificateAuthority;
let jwtPort: number;

beforeAll(async () => {
  [world, issuer] = await Promise.all([startWorld(), RunningIssuer.start()]);
  folder = dirname(world.configFile);
  authority = await loadCertificateAuthority({ cert: read('ca.pem'), key: read('ca-key.pem') });
  const rights = { rpcs: ['GetUser'], users: 'all' };
  const { issuer: iss } = issuer;
  write('policy.yaml', {
    callers: [
      { spiffe_id: devSpiffeId('operator'), ...rights },
      { dns_name: 'mail-sync.example.com', ...rights },
      { jwt: { issuer: iss, subject: SUBJECT }, ...rights },
      { jwt: { issuer: iss, claims: { 'kubernetes.io': { namespace: 'jobs' } } }, ...rights },
    ],
  });
  const issuers = [{ issuer: iss, audience: AUDIENCE, typ: ['none', 'JWT'] }];
  app = await startAppProcess(world, {
    set: {
      'listen.dns_names': 'true',
      'listen_jwt.address': 'localhost:0',
      'listen_jwt.issuers': JSON.stringify(issuers),
    },
  });
  jwtPort = await app.portOf('serving_jwt');
});

afterAll(async () => {
  await app?.kill();
  await world?.close();
  await issuer?.close();
});

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const write = (name: string, tree: object) => writeFileSync(join(folder, name), stringify(tree));

/** How GetUser ends for somebody who is not connected: NOT_FOUND says that the caller may ask. */
async function endOf(connection: TokenVaultConnection): Promise<string> {
  const request = GetUserRequest.fromPartial({ userId: 'nobody' });
  try {
    await connection.getUser(request, { timeoutMs: 10_000 });
    return 'OK';
  } catch (error) {
    if (error instanceof TokenVaultError) return error.reason ?? error.code;
    throw error;
  } finally {
    connection.close();
  }
}

const caPem = () => read('ca.pem');

async function withCertificate(names: { readonly uris?: string[]; readonly dns?: string[] }) {
  const { cert, key } = await authority.issue({ clientAuth: true, ...names });
  const address = `localhost:${app.port}`;
  return endOf(connect({ address, caPem: caPem(), certPem: cert, keyPem: key }));
}

function withToken(bearerToken: () => string | Promise<string>) {
  return endOf(connect({ address: `localhost:${jwtPort}`, caPem: caPem(), bearerToken }));
}

describe('the policy names callers', () => {
  const ALLOWED = 'USER_NOT_CONNECTED';
  const DENIED = 'CALLER_NOT_ALLOWED';
  const UNKNOWN = 'CALLER_CREDENTIAL_INVALID';

  it.each<[string, Parameters<typeof withCertificate>[0], string]>([
    ['by SPIFFE ID', { uris: [devSpiffeId('operator')] }, ALLOWED],
    ['by SPIFFE ID, and not of another trust domain', { uris: ['spiffe://x/operator'] }, UNKNOWN],
    ['by DNS name', { dns: ['mail-sync.example.com'] }, ALLOWED],
    ['by DNS name, in any case', { dns: ['Mail-Sync.Example.com'] }, ALLOWED],
    ['by DNS name, and no other', { dns: ['other.example.com'] }, DENIED],
    ['by DNS name, and no name like one', { dns: ['x.mail-sync.example.com'] }, DENIED],
    [
      'by DNS name, where it is alone',
      { dns: ['mail-sync.example.com', 'x.example.com'] },
      UNKNOWN,
    ],
    [
      'by SPIFFE ID, whatever its DNS name',
      { uris: ['spiffe://dev.tokenvault.example/x'], dns: ['mail-sync.example.com'] },
      DENIED,
    ],
  ])('%s', async (_what, names, end) => {
    expect(await withCertificate(names)).toBe(end);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['by the subject of a token', {}, ALLOWED],
    ['by a claim of a token', { sub: 'any', ...JOBS }, ALLOWED],
    ['by a claim, and no other', { sub: 'any', 'kubernetes.io': { namespace: 'x' } }, DENIED],
    ['by the subject, and no other', { sub: `${SUBJECT}-2` }, DENIED],
    ['by a token that is theirs', { aud: 'other' }, UNKNOWN],
  ])('%s', async (_what, claims, end) => {
    expect(await withToken(() => issuer.token({ claims }))).toBe(end);
  });

  it('by a token without a type, as Kubernetes issues them', async () => {
    const token = () => issuer.token({ header: { typ: undefined } });
    expect(await withToken(token)).toBe(ALLOWED);
  });

  it('by a token in a file', async () => {
    const [caFile, jwtFile] = [join(folder, 'ca.pem'), join(folder, 'caller-token')];
    writeFileSync(jwtFile, `${await issuer.token()}\n`);
    const address = `localhost:${jwtPort}`;
    expect(await endOf(openConnection({ address, caFile, jwtFile }))).toBe(ALLOWED);
  });

  it('by no SPIFFE ID that a token claims', async () => {
    const claims = { sub: devSpiffeId('operator') };
    expect(await withToken(() => issuer.token({ claims }))).toBe(DENIED);
  });
});

describe('tokenvault call', () => {
  it('shows the token of TOKENVAULT_JWT_FILE', async () => {
    const { exitCode, stderr } = await typeCommand(['call', 'GetUser', '{"userId": "nobody"}'], {
      env: {
        TOKENVAULT_ADDRESS: `localhost:${jwtPort}`,
        TOKENVAULT_CA_FILE: 'ca.pem',
        TOKENVAULT_JWT_FILE: 'token',
      },
      files: { 'ca.pem': caPem(), token: `${await issuer.token()}\n` },
    });
    expect([exitCode, stderr[0]]).toEqual([1, expect.stringContaining('USER_NOT_CONNECTED')]);
  });
});

describe('what an operator sees', () => {
  it('is how each caller is known, and no token', async () => {
    const token = await issuer.token({ claims: { canary: 1 } });
    await withToken(() => token);
    const { body } = await httpRequest(app.opsPort, '/metrics');
    for (const outcome of ['spiffe', 'dns', 'jwt', 'certificate_names', 'token_audience']) {
      expect(body).toMatch(new RegExp(`caller_credentials_total\\{outcome="${outcome}"\\} [1-9]`));
    }
    expect(body).toContain(`tokenvault_issuer_keys_failing{issuer="${issuer.issuer}"} 0`);
    const printed = app.printed.join('\n');
    expect(printed).toContain(`"caller":"${issuer.issuer} ${SUBJECT}","proof":"jwt"`);
    for (const part of token.split('.').slice(1)) expect(printed).not.toContain(part);
  });
});

describe('a certificate that is replaced', () => {
  it('is that of the port for tokens too, which has none of its own', async () => {
    const next = await authority.issueServer(['localhost', 'renewed.example']);
    writeFileSync(join(folder, 'server-key.pem'), next.key);
    writeFileSync(join(folder, 'server.pem'), next.cert);
    await vi.waitUntil(() => app.printed.some((line) => line.includes('"config_taken"')), 15_000);
    const connection = connect({
      address: `localhost:${jwtPort}`,
      caPem: caPem(),
      serverName: 'renewed.example',
      bearerToken: () => issuer.token(),
    });
    expect(await endOf(connection)).toBe('USER_NOT_CONNECTED');
  });
});
