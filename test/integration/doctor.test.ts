import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../src/observability/system-clock.ts';
import { whenReady } from '../../src/vault/admin/fresh-mount.ts';
import { type PolicyRule, servicePolicy } from '../../src/vault/admin/policies.ts';
import type { TerminalOptions } from '../support/cli-terminal.ts';
import { CLIENT_ID, CLIENT_SECRET, DoctorSystem } from '../support/doctor-system.ts';
import { sharedServer } from '../support/openbao.ts';
import { type OwnOpenBao, startOwnOpenBao } from '../support/own-openbao.ts';
import {
  json,
  type ScriptedServer,
  silence,
  startScriptedServer,
} from '../support/scripted-server.ts';
import { AuthOperator } from '../support/vault-auth.ts';
import { WireTap } from '../support/wire-tap.ts';

let system: DoctorSystem;
let impostor: ScriptedServer;
let other: OwnOpenBao;

beforeAll(async () => {
  [system, impostor, other] = await Promise.all([
    DoctorSystem.start(),
    startScriptedServer(),
    startOwnOpenBao(),
  ]);
});
beforeEach(() => system.heal());
afterAll(async () => {
  await Promise.all([system.close(), impostor.close(), other.stop()]);
});

/** Something that went wrong with an installation, and what is said of it. */
interface Planted {
  readonly plant: () => unknown;
  /** Everything that is found, as `severity id`, without what is in order and what is skipped. */
  readonly found: readonly string[];
  /** Of the first of them. */
  readonly remedy: RegExp;
  /** Areas in which something could not be looked at. */
  readonly skipped?: readonly string[];
  readonly options?: TerminalOptions;
}

/** Gives the service a token with the right policy, changed by `change`. */
async function givePolicy(change: (rules: readonly PolicyRule[]) => readonly PolicyRule[]) {
  const { name, rules } = servicePolicy(system.mounts);
  const token = await system.tokenWith({ name, rules: change(rules) });
  system.files.token = token.reveal();
}

function rule(path: string, capabilities: PolicyRule['capabilities']): PolicyRule {
  return { path, capabilities, sample: path, why: 'planted' };
}

async function giveToken(body: object): Promise<void> {
  const reply = await system.root.write('auth/token/create-orphan', body);
  system.files.token = String(Object(Object(reply.body).auth).client_token);
}

/** Lets the service log in, instead of giving it a token. */
function logInBy(keys: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>) {
  delete system.keys['vault.auth.token_file'];
  Object.assign(system.keys, keys);
  Object.assign(system.files, files);
}

/** Lets it log in by an AppRole that has the right policy. */
async function logInByAppRole(): Promise<void> {
  const operator = new AuthOperator(system.root, servicePolicyName());
  const role = await operator.appRole();
  const keys = {
    'vault.auth.approle.mount': role.mount,
    'vault.auth.approle.role_id': role.roleId,
    'vault.auth.approle.secret_id_file': 'secret-id',
  };
  logInBy(keys, { 'secret-id': await operator.secretId(role) });
}

async function remount(mount: string, body: object): Promise<void> {
  await system.root.delete(`sys/mounts/${mount}`);
  await system.root.write(`sys/mounts/${mount}`, body);
}

const servicePolicyName = () => `${servicePolicy(system.mounts).name}-doctor`;
const laterBy = (ms: number) => ({ ...systemClock, now: () => systemClock.now() + ms });

/** What does not need Vault to be there. */
const BEHIND_VAULT = ['mounts', 'access', 'records', 'records', 'records', 'clients'];

const PLANTED: Readonly<Record<string, Planted>> = {
  'a misspelt key of the configuration': {
    plant: () => Object.assign(system.keys, { 'vault.read_retry': 2 }),
    found: ['error config.problem'],
    remedy: /^Correct vault\.read_retry in flag --set/,
  },
  'a policy file with a mistake, while all else is good': {
    plant: () => Object.assign(system.files, { 'policy.yaml': 'callers: [{}]' }),
    found: ['error config.problem', 'error config.problem'],
    remedy: /^Correct policy\.file/,
    skipped: ['clients', 'callers'],
  },
  'a clock that is two minutes ahead': {
    plant: () => undefined,
    options: { clock: laterBy(120_000) },
    found: ['error clock.differs', 'error clock.differs'],
    remedy: /`timedatectl`/,
  },
  'a certificate that has expired': {
    plant: () => giveCertificate({ dns: ['tokenvault.example.org'], lifeMs: -1_000 }),
    found: ['error tls.expired'],
    remedy: /^Renew it/,
  },
  'a certificate for clients in the place of the server’s': {
    plant: () => giveCertificate({ uris: ['spiffe://example.org/tokenvault'], clientAuth: true }),
    found: ['error tls.not_for_servers'],
    remedy: /serverAuth/,
  },
  'a listen address that the certificate is not for': {
    plant: () => Object.assign(system.keys, { 'listen.address': 'grpc.example.org:50051' }),
    found: ['warning tls.name_differs'],
    remedy: /issued for grpc\.example\.org too/,
  },
  'a chain with a stranger in it': {
    plant: async () => {
      const stranger = await system.authority.issueServer(['other.example.org']);
      system.files['server.pem'] += stranger.cert;
    },
    found: ['error tls.chain_broken'],
    remedy: /`cat server\.pem intermediate\.pem`/,
  },
  'a caller’s certificate in the place of their authority’s': {
    plant: async () => {
      const leaf = await system.authority.issueClient('spiffe://example.org/gateway');
      system.files['ca.pem'] = leaf.cert;
    },
    found: ['error tls.client_ca_not_authority'],
    remedy: /listen\.tls\.client_ca_file/,
  },
  'an address of Vault where nothing listens': {
    plant: () => Object.assign(system.keys, { 'vault.addresses': 'http://127.0.0.1:1' }),
    found: ['error vault.unreachable'],
    remedy: /^Nothing listens there/,
    skipped: ['clock', ...BEHIND_VAULT],
  },
  'an address of Vault where something else listens': {
    plant: () => {
      impostor.answer = json(404, {});
      system.keys['vault.addresses'] = impostor.url;
    },
    found: ['error vault.not_vault'],
    remedy: /Vault’s own/,
    skipped: BEHIND_VAULT,
  },
  'a Vault that answers nothing': {
    plant: () => {
      impostor.answer = silence;
      Object.assign(system.keys, {
        'vault.addresses': impostor.url,
        'vault.request_timeout': '300ms',
      });
    },
    found: ['error vault.unreachable'],
    remedy: /firewalls/,
    skipped: ['clock', ...BEHIND_VAULT],
  },
  'an address of a standby alone': {
    plant: () => {
      impostor.answer = json(200, { ha_enabled: true, is_self: false, leader_address: '' });
      system.keys['vault.addresses'] = impostor.url;
    },
    found: ['error vault.no_active_node'],
    remedy: /^List the addresses of all nodes in `vault\.addresses`/,
    skipped: BEHIND_VAULT,
  },
  'a load balancer in front of the nodes': {
    plant: async () => {
      const tap = await WireTap.start(sharedServer().address);
      let asked = 0;
      tap.before = ({ path }) => {
        asked += path.endsWith('/sys/leader') ? 1 : 0;
        const standby = { ha_enabled: true, is_self: false, leader_address: '' };
        const isOdd = path.endsWith('/sys/leader') && asked % 2 === 0;
        return isOdd ? { status: 200, body: JSON.stringify(standby) } : 'pass';
      };
      opened.push(tap);
      system.keys['vault.addresses'] = tap.url;
    },
    found: ['error vault.load_balanced'],
    remedy: /^List the address of each node/,
  },
  'addresses of two clusters': {
    plant: () => {
      system.keys['vault.addresses'] = `${sharedServer().address},${other.address}`;
    },
    found: ['error vault.clusters_differ'],
    remedy: /^Leave those of one cluster/,
  },
  'a Vault that is sealed': {
    plant: async () => {
      await other.seal();
      system.keys['vault.addresses'] = other.address;
    },
    found: ['error vault.sealed'],
    remedy: /`vault operator unseal -address=http:/,
    skipped: BEHIND_VAULT,
  },
  'a Vault whose certificate nobody looks at': {
    plant: () => Object.assign(system.keys, { 'vault.skip_verify': true }),
    found: ['warning vault.unverified'],
    remedy: /VAULT_SKIP_VERIFY/,
  },
  'a login that Vault refuses': {
    plant: () =>
      logInBy(
        { 'vault.auth.jwt.role': 'nobody', 'vault.auth.jwt.jwt_file': 'jwt' },
        { jwt: 'header.claims.signature' },
      ),
    found: ['error access.login_failed'],
    remedy: /`vault\.auth`/,
    skipped: ['mounts', 'records', 'records', 'records', 'clients'],
  },
  'a wrapped secret id, which opens once': {
    plant: () => {
      const keys = { role_id: 'some-role', secret_id_file: 'wrapped', wrapped_for_role: 'service' };
      const named = Object.entries(keys).map(([key, value]) => [
        `vault.auth.approle.${key}`,
        value,
      ]);
      logInBy(Object.fromEntries(named), { wrapped: 's.wrapping-token' });
    },
    found: ['warning access.login_left'],
    remedy: /`vault token create -policy=/,
    skipped: ['mounts', 'records', 'records', 'records', 'clients'],
  },
  'a mount without check-and-set': {
    plant: () => system.root.write(`${system.mounts.mount}/config`, { cas_required: false }),
    found: ['error mounts.without_cas'],
    remedy: /`vault write \S+\/config cas_required=true`/,
  },
  'a mount of KV version 1': {
    plant: () => remount(system.mounts.configMount, { type: 'kv', options: { version: '1' } }),
    found: ['error mounts.not_kv2'],
    remedy: /^Run `tokenvault init`/,
    skipped: ['records', 'records', 'clients'],
  },
  'a mount that init has not seen': {
    plant: async () => {
      const { mount } = system.mounts;
      await remount(mount, { type: 'kv', options: { version: '2' } });
      const config = { cas_required: true, max_versions: 2 };
      await whenReady(systemClock, () => system.root.write(`${mount}/config`, config));
    },
    found: ['error records.missing', 'error records.missing'],
    remedy: /^Run `tokenvault init`/,
    skipped: ['records'],
  },
  'a root token': {
    plant: () => Object.assign(system.files, { token: sharedServer().rootToken }),
    found: ['error access.root_token'],
    remedy: /`vault token create -orphan -policy=/,
  },
  'a token that Vault does not know': {
    plant: () => Object.assign(system.files, { token: 's.nobody' }),
    found: ['error access.token_refused'],
    remedy: /^Give the service a valid one/,
    skipped: ['mounts', 'mounts', ...Array<string>(5).fill('records'), 'clients'],
  },
  'a policy that lacks something': {
    plant: () => givePolicy((rules) => rules.filter(({ path }) => !path.includes('destroy'))),
    found: ['error access.missing'],
    remedy: /policy `\S+-service` that `tokenvault init` prints/,
  },
  'a policy of an earlier release': {
    plant: () => givePolicy((rules) => rules.filter(({ dispensable }) => dispensable !== true)),
    found: Array<string>(3).fill('warning access.missing_dispensable'),
    remedy: /^Run `tokenvault init --write-policies` with an operator token/,
    skipped: ['records'],
  },
  'no key of the log, as an earlier release left it': {
    plant: () => system.root.delete(`${system.mounts.configMount}/metadata/log-key`),
    found: ['warning records.missing'],
    remedy: /^Run `tokenvault init --write-policies`/,
  },
  'a key of the log that is none': {
    plant: () => system.put(system.mounts.configMount, 'log-key', { key: 'a password' }),
    found: ['warning records.broken'],
    remedy: /`vault kv rollback`/,
  },
  'a policy that lets users be deleted': {
    plant: () => {
      const users = rule(`${system.mounts.mount}/metadata/users/*`, ['read', 'delete']);
      return givePolicy((rules) => [...rules, users]);
    },
    found: ['error access.too_wide'],
    remedy: /^Take that out of its policies \(default, /,
  },
  'a policy that writes what is the operators’': {
    plant: () => {
      const path = `${system.mounts.configMount}/data/clients/*`;
      const write = rule(path, ['create', 'read', 'update']);
      return givePolicy((rules) => [...rules.filter((one) => one.path !== path), write]);
    },
    found: ['warning access.too_wide'],
    remedy: /`tokenvault init` prints the one that is enough/,
  },
  'a policy that reads another mount': {
    plant: async () => {
      const elsewhere = `${system.mounts.mount}-elsewhere`;
      await system.root.write(`sys/mounts/${elsewhere}`, { type: 'kv' });
      await givePolicy((rules) => [...rules, rule(`${elsewhere}/*`, ['read'])]);
    },
    found: ['warning access.other_mounts'],
    remedy: /and no other/,
  },
  'a token for so many requests': {
    plant: () => giveToken({ policies: [servicePolicyName()], num_uses: 500, ttl: '1h' }),
    found: ['error access.token_uses'],
    remedy: /-use-limit/,
  },
  'a path key that somebody wrote over': {
    plant: () => system.put(system.mounts.mount, 'path-key', { record: '{}' }),
    found: ['error records.broken'],
    remedy: /never write a new one over it/,
    skipped: ['records'],
  },
  'a revocation log that was deleted': {
    plant: () => system.root.delete(`${system.mounts.mount}/data/revocation-log`),
    found: ['error records.deleted'],
    remedy: /`vault kv undelete -versions=1 \S+\/revocation-log`/,
  },
  'an OAuth client that the policy names and nobody imported': {
    plant: () => system.root.delete(`${system.mounts.configMount}/metadata/clients/default`),
    found: ['error clients.missing'],
    remedy: /`tokenvault clients import default FILE`/,
  },
  'an OAuth client with a field missing': {
    plant: () => system.put(system.mounts.configMount, 'clients/default', { client_id: 'web' }),
    found: ['error clients.broken'],
    remedy: /`tokenvault clients show default`/,
  },
  'a secret that Google rejects': {
    plant: () => system.google.setClientSecrets(CLIENT_ID, ['GOCSPX-quite-another-one']),
    found: ['error clients.secret_rejected'],
    remedy: /`tokenvault clients import default FILE`/,
  },
  'a wrong new secret beside a good previous one': {
    plant: () => system.importClient('GOCSPX-planted-secret-2222'),
    found: ['warning clients.secret_rejected'],
    remedy: /Google’s console/,
  },
  'a previous secret that is over': {
    plant: async () => {
      await system.importClient('GOCSPX-planted-secret-2222');
      system.google.setClientSecrets(CLIENT_ID, ['GOCSPX-planted-secret-2222']);
    },
    found: ['warning clients.previous_secret_rejected'],
    remedy: /`vault kv patch -mount=\S+ clients\/default previous_client_secret=`/,
  },
  'Google throttling': {
    plant: () =>
      system.google.faults.add({ path: '/token', status: 429, form: { client_id: CLIENT_ID } }),
    found: ['warning clients.unproved'],
    remedy: /^Run `tokenvault doctor` again/,
  },
  'a proxy’s page in the place of Google’s keys': {
    plant: () => system.google.faults.add({ path: '/oauth2', status: 200, body: '<html>' }),
    found: ['error google.certs_broken'],
    remedy: /`google\.certs_url`/,
  },
  'Google out of reach': {
    plant: () =>
      Object.assign(system.keys, {
        'google.token_url': 'http://127.0.0.1:1/token',
        'google.revoke_url': 'http://127.0.0.1:1/revoke',
      }),
    found: ['warning clients.unproved', 'error google.unreachable', 'error google.unreachable'],
    remedy: /look at the area google/,
  },
  'a caller by a name that nobody can prove': {
    plant: () => {
      const stranger = { dns_name: 'mail.example.org', rpcs: ['GetUser'], users: 'all' };
      addCaller(stranger);
    },
    found: ['warning callers.idle'],
    remedy: /`tokenvault policy check --config`/,
  },
  'a policy that lets nobody do anything': {
    plant: () => Object.assign(system.files, { 'policy.yaml': 'callers: []' }),
    found: ['warning callers.nobody'],
    remedy: /docs\/callers\.md/,
    skipped: ['clients'],
  },
  'an issuer of callers’ tokens that is out of reach': {
    plant: () => {
      const issuer = { issuer: 'http://127.0.0.1:1', audience: 'tokenvault' };
      system.keys['listen_jwt.issuers'] = JSON.stringify([issuer]);
    },
    found: ['error callers.issuer_keys'],
    remedy: /`jwks_uri`/,
  },
  'an audit file in a folder that is not there': {
    plant: () => Object.assign(system.keys, { 'audit.file': join(system.folder, 'no', 'audit') }),
    found: ['error audit.not_writable'],
    remedy: /^Correct `audit\.file`/,
  },
  'an audit file that is a folder': {
    plant: async () => {
      const folder = join(system.folder, 'audit');
      await mkdir(folder);
      system.keys['audit.file'] = folder;
    },
    found: ['error audit.not_writable'],
    remedy: /^Correct `audit\.file`/,
  },
  'an audit file that two processes write': {
    plant: async () => {
      const file = join(system.folder, 'shared.log');
      await writeFile(file, [1, 2, 1].map(auditLine).join(''));
      system.keys['audit.file'] = file;
    },
    found: ['error audit.shared'],
    remedy: /a file of its own/,
  },
};

async function giveCertificate(leaf: Parameters<DoctorSystem['authority']['issue']>[0]) {
  const { cert, key } = await system.authority.issue({ serverAuth: !leaf.clientAuth, ...leaf });
  Object.assign(system.files, { 'server.pem': cert, 'server-key.pem': key });
}

function addCaller(caller: object): void {
  system.files['policy.yaml'] += stringify([caller]).replace(/^/gm, '  ');
}

function auditLine(instance: number): string {
  const head = { time: '2026-11-29T15:47:06.761Z', instance: String(instance).repeat(32) };
  const tag = 'x'.repeat(43);
  return `${JSON.stringify({ ...head, key: 'abcdefgh', seq: 1, event: 'rpc', tag })}\n`;
}

const opened: WireTap[] = [];
afterAll(() => Promise.all(opened.map((tap) => tap.close())));

describe('tokenvault doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    const { exitCode, stdout, stderr } = await system.type();

    expect(stdout.filter((line) => /^ {2}(error|warning|skipped)/.test(line))).toEqual([]);
    expect(stdout.at(-1)).toMatch(/^0 errors, 0 warnings, 0 skipped, \d+ ok$/);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: [] });
  });

  it.each(Object.entries(PLANTED))('finds %s', async (_what, planted) => {
    await planted.plant();

    const { exitCode, findings } = await system.examine(planted.options);

    const troubles = findings.filter(({ remedy }) => remedy !== null);
    expect(troubles.map(({ severity, id }) => `${severity} ${id}`)).toEqual(planted.found);
    expect(troubles[0]?.remedy).toMatch(planted.remedy);
    const left = findings.filter(({ severity }) => severity === 'skipped');
    expect(left.map(({ area }) => area)).toEqual(planted.skipped ?? []);
    expect(exitCode).toBe(planted.found.some((found) => found.startsWith('error')) ? 1 : 3);
  });

  it('says what is wrong, and on the next line what to do', async () => {
    system.google.setClientSecrets(CLIENT_ID, ['GOCSPX-quite-another-one']);

    const { stdout } = await system.type();

    const at = stdout.findIndex((line) => line.includes('clients.secret_rejected'));
    expect(stdout.slice(at - 1, at + 2)).toEqual([
      'clients',
      expect.stringMatching(
        /^ {2}error {4}Google rejects the secret …1111 of .*\. \[clients\.\w+]$/,
      ),
      expect.stringMatching(/^ {11}→ Compare it with .*\.$/),
    ]);
    expect(stdout.at(-1)).toMatch(/^1 error, 0 warnings, /);
  });

  it('prints JSON of a shape that stays', async () => {
    Object.assign(system.keys, { 'listen.address': 'grpc.example.org:50051' });

    const { stdout } = await system.type(['--json']);

    const { result, counts, findings } = JSON.parse(stdout.join('\n'));
    expect({ result, counts }).toEqual({
      result: 'warning',
      counts: { error: 0, warning: 1, skipped: 0, ok: findings.length - 1 },
    });
    expect(findings).toContainEqual({
      id: 'tls.name_differs',
      area: 'tls',
      severity: 'warning',
      about: 'listen.tls.cert_file',
      text: 'The certificate in listen.tls.cert_file is not for grpc.example.org, which listen.address names.',
      remedy: expect.stringMatching(/^Have it issued for .*\.$/),
    });
    expect(findings[0]).toEqual({
      id: 'config.good',
      area: 'config',
      severity: 'ok',
      about: null,
      text: 'The configuration is good.',
      remedy: null,
    });
  });

  it('asks Vault to change nothing, and Google for nothing of anybody', async () => {
    const tap = await WireTap.start(sharedServer().address);
    opened.push(tap);
    system.keys['vault.addresses'] = tap.url;

    const { exitCode } = await system.type();

    expect(exitCode).toBe(0);
    const written = tap.requests.filter(({ method }) => method !== 'GET');
    expect(written.map(({ path }) => path)).toEqual(['/v1/sys/capabilities-self']);
    const asked = system.google.requests.list().filter(({ method }) => method !== 'GET');
    expect(asked).toEqual([
      expect.objectContaining({
        path: '/token',
        grant_type: 'refresh_token',
        client_id: CLIENT_ID,
      }),
    ]);
    await expect(system.type()).resolves.toMatchObject({ exitCode: 0 });
  });

  it('logs in as the service does, and ends its token', async () => {
    await logInByAppRole();
    const tap = await WireTap.start(sharedServer().address);
    opened.push(tap);
    system.keys['vault.addresses'] = tap.url;

    const { exitCode, stdout } = await system.type();

    expect(stdout.filter((line) => /^ {2}(error|warning|skipped)/.test(line))).toEqual([]);
    expect({ exitCode, last: stdout.at(-1) }).toEqual({
      exitCode: 0,
      last: expect.stringMatching(/^0 errors, 0 warnings, 0 skipped/),
    });
    const written = tap.requests.filter(({ method }) => method !== 'GET');
    expect(written.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/v1\/auth\/approle-.*\/login$/),
      '/v1/sys/capabilities-self',
      '/v1/auth/token/revoke-self',
    ]);
    expect(written.at(-1)?.status).toBe(204);
  });

  it('prints no secret, whatever it finds', async () => {
    await system.importClient('GOCSPX-planted-secret-2222');
    system.files['policy.yaml'] += '  - {}\n';
    const { token = '' } = system.files;

    const { stdout, stderr } = await system.type();

    const printed = [...stdout, ...stderr].join('\n');
    for (const secret of [CLIENT_SECRET, 'GOCSPX-planted-secret-2222', token]) {
      expect(printed).not.toContain(secret);
      expect(printed).not.toContain(secret.slice(0, 12));
    }
  });
});
