import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadCertificateAuthority } from '../../src/dev/certificates.ts';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { httpRequest } from '../support/http-request.ts';
import { type OwnOpenBao, startOwnOpenBao } from '../support/own-openbao.ts';
import { until } from '../support/until.ts';
import { WireTap } from '../support/wire-tap.ts';

/** What an operator reads at three in the morning: one metric, and the reason of a call or of an alert. */
interface Fault {
  readonly what: string;
  readonly plant: () => unknown;
  readonly heal: () => unknown;
  readonly metric: string;
  readonly reason: string;
  /** Default: for a token that is in no cache. */
  readonly call?: () => Promise<unknown>;
}

const DAY_S = 86_400;
const SOON = { timeoutMs: 20_000 };

let openBao: OwnOpenBao;
let vaultTap: WireTap;
let world: AppWorld;
let app: AppProcess;

beforeAll(async () => {
  openBao = await startOwnOpenBao();
  vaultTap = await WireTap.start(openBao.address);
  world = await startWorld({ server: { address: vaultTap.url, rootToken: openBao.rootToken } });
  const set = { 'google.request_timeout': '500ms', 'vault.request_timeout': '500ms' };
  app = await startAppProcess(world, { set });
  await app.calls.signIn('alice');
  await app.calls.signIn('bob', { alias: 'second' });
});
afterAll(async () => {
  await app?.kill();
  await world?.close();
  await vaultTap?.close();
  await openBao?.stop();
});

const metrics = async ({ opsPort }: AppProcess) => (await httpRequest(opsPort, '/metrics')).body;
const gaugeOf = async (of: AppProcess, series: string) => {
  const line = (await metrics(of)).split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
};

let asked = 0;
/** Another set of scopes each time, which no cache has. */
function coldToken(userId = 'alice', alias: 'default' | 'second' = 'default') {
  asked += 1;
  const all = ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive.appdata'];
  const scopes = all.filter((_, bit) => ((asked % 15) + 1) & (1 << bit));
  return app.calls.getToken(userId, { alias, scopes });
}

const tokenEndpoint = (verdict: () => ReturnType<WireTap['before']>) => () => {
  world.googleTap.before = ({ path }) => (path === '/token' ? verdict() : 'pass');
};
const googleAnswers = async () => {
  world.googleTap.before = () => 'pass';
};
const standby = JSON.stringify({ ha_enabled: true, is_self: false, leader_address: '' });
const failing = (dependency: string, cause: string) =>
  `tokenvault_dependency_failing{dependency="${dependency}",cause="${cause}"}`;

const FAULTS: readonly Fault[] = [
  {
    what: 'Google is down',
    plant: tokenEndpoint(() => 'drop'),
    heal: googleAnswers,
    metric: failing('google', 'unreachable'),
    reason: 'PROVIDER_UNAVAILABLE',
  },
  {
    what: 'Google is slow',
    plant: tokenEndpoint(() => new Promise(() => undefined)),
    heal: googleAnswers,
    metric: failing('google', 'slow'),
    reason: 'PROVIDER_UNAVAILABLE',
  },
  {
    what: 'Google throttles',
    plant: tokenEndpoint(() => ({ status: 429, body: '{"error":"rate_limit_exceeded"}' })),
    heal: googleAnswers,
    metric: failing('google', 'throttled'),
    reason: 'PROVIDER_RATE_LIMITED',
  },
  {
    what: 'Google refuses one client',
    plant: () => world.google.setClientSecrets(world.clients.second.clientId, ['another']),
    heal: () => undefined,
    metric: 'tokenvault_alerts_total{alert="oauth_client_rejected"}',
    reason: 'PROVIDER_CLIENT_REJECTED',
    call: () => coldToken('bob', 'second'),
  },
  {
    what: 'Vault is down',
    plant: () => openBao.kill(),
    heal: () => openBao.restart(),
    metric: failing('vault', 'unreachable'),
    reason: 'STORE_UNAVAILABLE',
  },
  {
    what: 'Vault is sealed',
    plant: () => openBao.seal(),
    heal: () => openBao.unseal(),
    metric: failing('vault', 'sealed'),
    reason: 'STORE_UNAVAILABLE',
  },
  {
    what: 'Vault is slow',
    plant: () => openBao.freeze(),
    heal: () => openBao.thaw(),
    metric: failing('vault', 'slow'),
    reason: 'STORE_UNAVAILABLE',
  },
  {
    what: 'Vault has standbys alone',
    plant: () => {
      vaultTap.before = ({ path }) =>
        path.endsWith('/sys/leader') ? { status: 200, body: standby } : 'pass';
    },
    heal: () => {
      vaultTap.before = () => 'pass';
    },
    metric: failing('vault', 'no_active_node'),
    reason: 'STORE_UNAVAILABLE',
    call: () => app.calls.getUser('nobody'),
  },
  {
    what: 'a right is lost',
    plant: () => writeRules((path) => !path.includes('/data/users/')),
    heal: () => writeRules(() => true),
    metric: 'tokenvault_vault_access_lost{cause="policy_denies"}',
    reason: 'STORE_ACCESS_LOST',
  },
];

function writeRules(isLeft: (path: string) => boolean): Promise<unknown> {
  const { name, rules } = servicePolicy(world.mounts);
  return writePolicies(world.root, [{ name, rules: rules.filter(({ path }) => isLeft(path)) }]);
}

describe('a fault names its culprit in one metric and one reason', () => {
  it.each(FAULTS)('$what: $metric, $reason', async (fault) => {
    const { plant, heal, metric, reason, call = () => coldToken() } = fault;
    expect(await gaugeOf(app, metric)).toBe(0);
    await plant();
    try {
      await until(`${reason} is answered`, async () => (await endOf(call())) === reason, SOON);
      await until(`${metric} says so`, async () => (await gaugeOf(app, metric)) === 1, SOON);
    } finally {
      await heal();
    }
    const healthy = async () => (await endOf(coldToken())) === 'OK';
    await until('it is healthy again', healthy, SOON);
    if (!metric.startsWith('tokenvault_alerts')) {
      await until('the metric is back', async () => (await gaugeOf(app, metric)) === 0, SOON);
    }
  });

  it('the clock is off: the offset to Vault, and its rule', async () => {
    const ahead = 'const now = Date.now; Date.now = () => now() + 120_000;';
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(ahead)}`];
    const off = await startAppProcess(world, { nodeArgs });
    const offset = await gaugeOf(off, 'tokenvault_clock_offset_seconds{against="vault"}');
    expect(offset).toBeGreaterThan(115);
    expect(offset).toBeLessThan(125);
    await off.kill();
    expect(ruleOn('tokenvault_clock_offset_seconds')).toContain('TokenVaultClockFarOff');
  });

  it('a certificate comes to its end: the time that is left, and its rule', async () => {
    const { caFile, server } = world.certificates;
    const [cert = '', key = ''] = [caFile, caFile.replace('.pem', '-key.pem')].map(read);
    const authority = await loadCertificateAuthority({ cert, key });
    const soon = await authority.issue({
      dns: ['localhost'],
      serverAuth: true,
      lifeMs: 3 * DAY_S * 1_000,
    });
    writeFileSync(server.keyFile, soon.key);
    writeFileSync(server.certFile, soon.cert);
    const series = 'tokenvault_certificate_expires_seconds{certificate="listen.tls.cert_file"}';
    await until('it is taken', async () => (await gaugeOf(app, series)) < 3 * DAY_S, SOON);
    expect(await gaugeOf(app, series)).toBeGreaterThan(2.9 * DAY_S);
    expect(ruleOn('tokenvault_certificate_expires_seconds')).not.toEqual([]);
  });

  it('the audit cannot be written: its alert, and NOT_READY', async () => {
    const set = { 'audit.file': '/dev/full', 'audit.required': 'true' };
    const full = await startAppProcess(world, { set });
    expect(await endOf(full.calls.getUser('alice'))).toBe('NOT_READY');
    expect(await gaugeOf(full, 'tokenvault_alerts_total{alert="audit_not_written"}')).toBe(1);
    await full.kill();
  });
});

const read = (path: string) => readFileSync(path, 'utf8');

/** The alert rules whose expression asks for this metric. */
function ruleOn(metric: string): readonly string[] {
  const file = parse(read(join(import.meta.dirname, '../../ops/prometheus/tokenvault.rules.yaml')));
  const rules: { readonly alert?: string; readonly expr: string }[] = file.groups.flatMap(
    (group: { rules: unknown[] }) => group.rules,
  );
  return rules.filter(({ expr }) => expr.includes(metric)).flatMap(({ alert }) => alert ?? []);
}
