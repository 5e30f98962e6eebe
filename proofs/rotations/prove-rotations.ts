import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOpenBao } from '../../src/dev/openbao/binary.ts';
import { startOpenBao } from '../../src/dev/openbao/server.ts';
import { readStoredKeys } from '../../src/vault/admin/stored-keys.ts';
import { AUDIT_KEY_PATH } from '../../src/vault/key-record.ts';
import { type AppWorld, startWorld } from '../../test/support/app-world.ts';
import { type ProductProcess, startProduct } from '../../test/support/product-process.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { touchedUsers } from './aftermath.ts';
import { BY_APP_ROLE, BY_JWT, BY_TOKEN_FILE, type Fleet, GATEWAY, startFleet } from './fleet.ts';
import { Load } from './load.ts';
import { LogCounts } from './log-counts.ts';
import type { RotatedSecret } from './rotated-secret.ts';
import { gatewayCertificate } from './secrets/gateway-certificate.ts';
import { gatewayIdentity } from './secrets/gateway-identity.ts';
import { jwtLogin } from './secrets/jwt-login.ts';
import { keyInVault } from './secrets/key-in-vault.ts';
import { oauthClientSecret } from './secrets/oauth-client-secret.ts';
import { secretIdRole } from './secrets/secret-id.ts';
import { serverCertificate } from './secrets/server-certificate.ts';
import { vaultTokenFile } from './secrets/vault-token-file.ts';
import { type Outcome, takeTurns } from './turns.ts';

const FULL = { times: 100, callsPerSecond: 500, users: 400 };
const QUICK = { times: 1, callsPerSecond: 60, users: 10 };
const JUDGED_WITHIN_MS = 30_000;

/**
 * Each secret is replaced again and again under calls that need it, all of them at the same time; in
 * between each of them is replaced by something wrong.
 */
export async function proveRotations(context: ProofContext): Promise<Verdict> {
  const { print, quick, directory: folder } = context;
  const { times, callsPerSecond, users: count } = quick ? QUICK : FULL;
  await using started = new AsyncDisposableStack();
  const world = await startOutside(context, started);
  const role = await secretIdRole(world, { folder, process: BY_APP_ROLE });
  const jwt = await jwtLogin(world, { folder, process: BY_JWT });
  const [firstKey] = await readStoredKeys(world.root, { ...world.mounts, key: AUDIT_KEY_PATH });
  const auditKeys = [firstKey?.reveal() ?? ''];
  const auths = new Map<string, object>([
    [BY_APP_ROLE, role.auth],
    [BY_JWT, jwt.auth],
  ]);
  const fleet = await startFleet(world, { auths, folder }, started);
  const ports = [...fleet.replicas.values()].map(({ port }) => port);
  const users = Array.from({ length: count }, (_, index) => `user-${index}`);
  const load = await Load.start({ world, ports, gateway: fleet.gateway, users, callsPerSecond });
  const secrets: readonly RotatedSecret[] = [
    vaultTokenFile(world, BY_TOKEN_FILE),
    role.secret,
    jwt.secret,
    oauthClientSecret(world),
    await serverCertificate(world),
    await gatewayCertificate(world, GATEWAY),
    await gatewayIdentity(world, GATEWAY),
    keyInVault(world, 'audit-key', (key) => void auditKeys.push(key)),
    keyInVault(world, 'log-key'),
  ];
  const outcomes = await Promise.all(
    secrets.map(async (secret) => {
      const counts = countsOf(fleet);
      const outcome = await takeTurns(secret, { times, judgedWithinMs: JUDGED_WITHIN_MS, counts });
      print(lineOf(outcome, times));
      return outcome;
    }),
  );
  const figures = await load.stop();
  for (const line of load.failures()) print(line);
  const touched = await touchedUsers(world, ports[0] ?? 0, users);
  for (const line of touched) print(line);
  const audited = await auditIsWhole(fleet, { folder, keys: auditKeys, print });
  return verdict({ outcomes, times, touched: touched.length, audited, ...figures });
}

/** Vault, Google, certificates. */
async function startOutside(
  context: ProofContext,
  started: AsyncDisposableStack,
): Promise<AppWorld> {
  const { directory, print } = context;
  const binary = await findOpenBao({ ...context, report: print });
  const server = await startOpenBao({ binary, dataDir: join(directory, 'vault') });
  started.defer(() => server.stop());
  const world = await startWorld({ server, set: { 'log.level': 'info' } });
  started.defer(() => world.close());
  return world;
}

function countsOf({ replicas, gateway }: Fleet): ReadonlyMap<string, LogCounts> {
  const processes: readonly (readonly [string, ProductProcess])[] = [
    ...replicas,
    [GATEWAY, gateway],
  ];
  return new Map(processes.map(([name, { printed }]) => [name, new LogCounts(printed)]));
}

/** Ends the replicas, and has `tokenvault audit verify` look at every line that they wrote. */
async function auditIsWhole(
  { replicas, auditFiles }: Fleet,
  {
    folder,
    keys,
    print,
  }: Pick<ProofContext, 'print'> & { readonly folder: string; readonly keys: readonly string[] },
): Promise<boolean> {
  await Promise.all([...replicas.values()].map((replica) => replica.terminate()));
  const keyFile = join(folder, 'audit-keys');
  await writeFile(keyFile, keys.join('\n'), { mode: 0o600 });
  const verify = startProduct(['audit', 'verify', '--key-file', keyFile, ...auditFiles]);
  const code = await verify.ended;
  for (const line of verify.printed.slice(-3)) print(line);
  return code === 0;
}

function lineOf({ name, taken, refused }: Outcome, times: number): string {
  return `${name}: ${taken} of ${times} taken, ${refused} of ${times} wrong ones refused`;
}

interface Figures {
  readonly outcomes: readonly Outcome[];
  readonly times: number;
  readonly calls: number;
  readonly failed: number;
  readonly touched: number;
  readonly audited: boolean;
}

function verdict({ outcomes, times, calls, failed, touched, audited }: Figures): Verdict {
  const missed = outcomes.filter((each) => each.taken < times || each.refused < times);
  const done = `${outcomes.length} secrets (${outcomes.map(({ name }) => name).join(', ')}) rotated ${times} times each, and ${times} wrong values of each refused with an alert`;
  const failure = missed.map((outcome) => lineOf(outcome, times)).join('; ');
  const audit = audited ? 'the audit is whole' : 'the audit is NOT whole';
  const sentence = `${missed.length === 0 ? done : failure}: ${failed} of ${calls} calls failed, ${touched} users touched, ${audit}.`;
  return { held: missed.length === 0 && failed === 0 && touched === 0 && audited, sentence };
}
