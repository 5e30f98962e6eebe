import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../src/dev/certificates.ts';
import type { Secret } from '../../src/domain/secret.ts';
import { StartupProblems } from '../../src/domain/startup-problems.ts';
import { newUserRecord } from '../../src/domain/user-record.ts';
import type { VaultAuth } from '../../src/domain/vault-auth.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { createServiceToken } from '../../src/vault/admin/service-token.ts';
import { openVault, type Vault } from '../../src/vault/open-vault.ts';
import { freshVault, sharedServer, type TestVault } from '../support/openbao.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { clientWith } from '../support/service-token.ts';
import { until } from '../support/until.ts';
import {
  type AppRole,
  AuthOperator,
  POD_CLAIMS,
  TokenReviews,
  tokenIssuer,
  wrapped,
} from '../support/vault-auth.ts';

const USER = '100000000000000000001';

/** Every way to log in, at a real server, over mounts that all tests of this file share. */
describe('the service logs in', () => {
  let ready: TestVault;
  let operator: AuthOperator;
  let authority: CertificateAuthority;
  let issuer: Awaited<ReturnType<typeof tokenIssuer>>;
  let reviews: TokenReviews;
  let files: Map<string, string>;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  /** What a start that was refused said. */
  let told = '';
  let opened: Vault | undefined;

  beforeAll(async () => {
    [authority, ready, issuer, reviews] = await Promise.all([
      createCertificateAuthority('Kubernetes'),
      freshVault(),
      tokenIssuer(),
      TokenReviews.start(),
    ]);
    operator = new AuthOperator(ready.root, ready.policy.name);
    files = new Map();
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
    for (const secret of files.values()) expect(`${told}${logger.text()}`).not.toContain(secret);
  });
  afterAll(async () => {
    await ready.close();
    await reviews.close();
  });

  async function open(auth: VaultAuth, requestTimeoutMs = 2_000): Promise<Vault> {
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
    const readFile = (path: string) => {
      const text = files.get(path);
      if (text === undefined) throw new Error('no such file');
      return text;
    };
    opened = await openVault(
      { ...ready.options, auth, requestTimeoutMs },
      { clock: systemClock, random: systemRandom, logger, metrics, readFile },
    );
    return opened;
  }

  async function problemWith(auth: VaultAuth): Promise<string> {
    const error = await open(auth).catch((thrown: unknown) => thrown);
    if (!(error instanceof StartupProblems)) throw new Error('it opened');
    told = error.problems.join('\n');
    return told;
  }

  const appRoleAuth = ({ mount, roleId }: AppRole, wrappedFor?: string): VaultAuth => ({
    method: 'approle',
    mount,
    roleId,
    secretIdFile: 'secret-id',
    wrappedFor,
  });

  async function appRole(): Promise<VaultAuth> {
    const role = await operator.appRole();
    files.set('secret-id', await operator.secretId(role));
    return appRoleAuth(role);
  }

  async function wrappedAppRole(): Promise<VaultAuth> {
    const role = await operator.appRole();
    files.set('secret-id', await wrapped(sharedServer(), role.secretIdPath));
    return appRoleAuth(role, 'service');
  }

  async function jwt(): Promise<VaultAuth> {
    const mount = await operator.enable('jwt');
    await operator.write(`auth/${mount}/config`, { jwt_validation_pubkeys: [issuer.publicPem] });
    await operator.write(`auth/${mount}/role/service`, {
      role_type: 'jwt',
      user_claim: 'sub',
      bound_subject: 'tokenvault',
      bound_audiences: ['vault'],
      ...operator.tokenFields(),
    });
    files.set('jwt', await issuer.sign({ sub: 'tokenvault', aud: 'vault' }));
    return { method: 'jwt', mount, role: 'service', jwtFile: 'jwt' };
  }

  async function kubernetes(): Promise<VaultAuth> {
    const mount = await operator.enable('kubernetes');
    await operator.write(`auth/${mount}/config`, {
      kubernetes_host: reviews.url,
      token_reviewer_jwt: await issuer.sign(POD_CLAIMS),
      kubernetes_ca_cert: authority.cert,
      disable_local_ca_jwt: true,
    });
    await operator.write(`auth/${mount}/role/service`, {
      bound_service_account_names: ['tokenvault'],
      bound_service_account_namespaces: ['apps'],
      ...operator.tokenFields(),
    });
    const token = await issuer.sign(POD_CLAIMS);
    reviews.known.add(token);
    files.set('jwt', token);
    return { method: 'kubernetes', mount, role: 'service', jwtFile: 'jwt' };
  }

  const newToken = (): Promise<Secret> =>
    createServiceToken(ready.root, { policy: ready.policy.name, periodMs: 3_600_000 });

  async function tokenFile(): Promise<VaultAuth> {
    const token = await newToken();
    files.set('token', token.reveal());
    return { method: 'token_file', file: 'token', token };
  }

  const given = async (): Promise<VaultAuth> => ({ method: 'token', token: await newToken() });

  /** Ends every token with the service's policy, but those that the test itself made. */
  async function revokeTokensOf(auth: VaultAuth): Promise<void> {
    if ('mount' in auth)
      await operator.write(`sys/leases/revoke-prefix/auth/${auth.mount}`, { sync: true });
    if ('token' in auth) await operator.write('auth/token/revoke', { token: auth.token.reveal() });
  }

  const METHODS = [
    ['approle', appRole],
    ['approle', wrappedAppRole],
    ['jwt', jwt],
    ['kubernetes', kubernetes],
    ['token_file', tokenFile],
    ['token', given],
  ] as const;

  it.each(METHODS)('by %s (%#), with a token that it renews', async (method, prepare) => {
    const vault = await open(await prepare());
    expect(await vault.users.read(USER)).toEqual({ kind: 'absent', version: 0 });
    expect(vault.access().lost).toEqual([]);
    expect(Math.round(vault.access().tokenLeftMs / 60_000)).toBe(60);
    expect(metrics.labelsOf('tokenvault_vault_logins_total')).toEqual([{ method, outcome: 'ok' }]);
  });

  it.each(METHODS.slice(0, 4))(
    'by %s (%#) again when its token is revoked, and no call fails',
    async (_method, prepare) => {
      const auth = await prepare();
      const vault = await open(auth);
      await revokeTokensOf(auth);
      const calls = Array.from({ length: 20 }, (_, index) => {
        const record = newUserRecord(`${auth.method}-${systemRandom.id()}`, 0);
        return index % 2 === 0
          ? vault.users.read(record.userId)
          : vault.users.write(record, { expectedVersion: 0, writeId: 'w' });
      });
      const ends = (await Promise.all(calls)).map((end) =>
        'kind' in end ? end.kind : end.outcome,
      );
      expect(new Set(ends)).toEqual(new Set(['absent', 'committed']));
      expect(metrics.labelsOf('tokenvault_vault_logins_total')).toHaveLength(2);
      expect(logger.text()).not.toContain('error');
    },
  );

  it('with the next token of the file when the one before is dead', async () => {
    const auth = await tokenFile();
    const vault = await open(auth);
    files.set('token', (await newToken()).reveal());
    await revokeTokensOf(auth);
    expect(await vault.users.read(USER)).toMatchObject({ kind: 'absent' });
  });

  it('and ends its token when it ends, but no token that was given to it', async () => {
    const auth = await appRole();
    const vault = await open(auth);
    const { data } = await operator.read('auth/token/accessors?list=true');
    await vault.close();
    opened = undefined;
    const after = await operator.read('auth/token/accessors?list=true');
    const ended = [...Object(data.keys)].filter((one) => !Object(after.data.keys).includes(one));
    expect(ended).toHaveLength(1);
    const kept = await given();
    await (await open(kept)).close();
    opened = undefined;
    if (!('token' in kept)) throw new Error('it has a token');
    const client = clientWith(kept.token);
    expect(await client.read('auth/token/lookup-self')).toMatchObject({ status: 200 });
    await client.close();
  });

  it('and no call fails while tokens come to their end, again and again', async () => {
    const role = await operator.appRole({ ttl: '1s', maxTtl: '2s' });
    files.set('secret-id', await operator.secretId(role));
    const vault = await open(appRoleAuth(role), 500);
    let calls = 0;
    await until(
      'three tokens were in use',
      async () => {
        await Promise.all(Array.from({ length: 8 }, () => vault.users.read(USER)));
        calls += 8;
        return metrics.labelsOf('tokenvault_vault_logins_total').length >= 3;
      },
      { everyMs: 5 },
    );
    expect(calls).toBeGreaterThan(50);
    expect(logger.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('with tokens that cannot be renewed, and no call fails', async () => {
    const role = await operator.appRole({ ttl: '2s', type: 'batch' });
    files.set('secret-id', await operator.secretId(role));
    const vault = await open(appRoleAuth(role), 500);
    await until('a second token is in use', async () => {
      await vault.users.read(USER);
      return metrics.labelsOf('tokenvault_vault_logins_total').length >= 2;
    });
    expect(logger.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  describe('and says what to do where it cannot', () => {
    it('because the secret id is wrong', async () => {
      const auth = await appRole();
      files.set('secret-id', 'made-up');
      const problem = await problemWith(auth);
      expect(problem).toMatch(/refuses the login .*secret id is wrong.* into secret-id/);
      expect(problem).not.toContain('made-up');
    });

    it('because there is no such auth method', async () => {
      expect(await problemWith({ ...(await jwt()), ...{ mount: 'nowhere' } })).toMatch(
        /refuses the login at auth\/nowhere\/login .*no such auth method/,
      );
    });

    it.each([
      ['jwt', jwt],
      ['kubernetes', kubernetes],
    ])('because there is no such role of %s', async (_method, prepare) => {
      const auth = await prepare();
      expect(await problemWith({ ...auth, ...{ role: 'nobody' } })).toMatch(/no role nobody/);
    });

    it('because Kubernetes does not know the token', async () => {
      const auth = await kubernetes();
      reviews.known.clear();
      expect(await problemWith(auth)).toMatch(/Kubernetes does not know the token/);
    });

    it('because the file is not there', async () => {
      const auth = await appRole();
      files.delete('secret-id');
      expect(await problemWith(auth)).toMatch(/The file secret-id cannot be read.*put it there/);
    });

    it('because somebody has opened the wrapping token before', async () => {
      const auth = await wrappedAppRole();
      await open(auth);
      await opened?.close();
      opened = undefined;
      expect(await problemWith(auth)).toMatch(/somebody opened it before.*Destroy that secret id/);
    });

    it('because the wrapping token comes from elsewhere: it is not even opened', async () => {
      const role = await operator.appRole();
      const elsewhere = await operator.appRole();
      const token = await wrapped(sharedServer(), elsewhere.secretIdPath);
      files.set('secret-id', token);
      expect(await problemWith(appRoleAuth(role, 'service'))).toMatch(/was not made at auth\//);
      expect((await operator.write('sys/wrapping/lookup', { token })).data.creation_path).toBe(
        elsewhere.secretIdPath,
      );
    });

    it('because the token is dead', async () => {
      const auth = await given();
      await revokeTokensOf(auth);
      expect(await problemWith(auth)).toMatch(/does not accept the token/);
    });
  });
});
