import { rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { GetAccessTokenRequest } from '../../src/client/messages.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { within } from '../../src/concurrency/within.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { SteadyLoad } from '../sigterm/steady-load.ts';
import { AUTH, NARROW } from './rules.ts';
import { type Served, TIMEOUT_MS } from './served.ts';

export interface BrokenFileOptions {
  readonly callsPerSecond: number;
  /** Of users who are connected, of a domain that the worker may have. */
  readonly users: readonly string[];
  /** Under each breakage, after it was refused. */
  readonly holdMs: number;
}

export interface BrokenFile {
  readonly calls: number;
  readonly failed: number;
  readonly breakages: number;
  /** Breakages that were refused with the alert. */
  readonly refused: number;
  /** Whether a good file that came after them was taken, and held. */
  readonly taken: boolean;
  readonly failures: ReadonlyMap<string, number>;
}

const SOON_MS = 20_000;
const LOOK_MS = 50;
const HALF = NARROW.yaml.slice(0, NARROW.yaml.length / 2);

/** What befalls the file, one after the other. */
const BREAKAGES: readonly ((file: string) => Promise<void>)[] = [
  // By a rename, as a careful tool does it.
  async (file) => {
    await writeFile(`${file}.new`, 'callers:\n\t- nobody');
    await rename(`${file}.new`, file);
  },
  // In place, and no more of it ever comes.
  (file) => writeFile(file, HALF),
  (file) => writeFile(file, ''),
  (file) => writeFile(file, NARROW.yaml.replaceAll('max_scopes', 'scopes')),
  (file) => rm(file),
];

/** Breaks the policy file of a service that is called all the time; then mends it, with fewer rights. */
export async function breakPolicyFile(
  served: Served,
  { callsPerSecond, users, holdMs }: BrokenFileOptions,
): Promise<BrokenFile> {
  const worker = served.connectAs('drive-worker');
  const call = (userId: string) => {
    const request = GetAccessTokenRequest.fromPartial({
      userId,
      scopes: [`${AUTH}drive.appdata`],
    });
    return worker.getAccessToken(request, { timeoutMs: TIMEOUT_MS });
  };
  const load = new SteadyLoad({
    what: 'GetAccessToken',
    callers: [call],
    perSecond: callsPerSecond,
    userOf: (index) => users[index % users.length] ?? '',
  });
  await wait(holdMs);
  let refused = 0;
  for (const breakage of BREAKAGES) {
    await breakage(served.policyFile);
    if (await comes(served, '"event":"config_refused"', refused + 1)) refused += 1;
    await wait(holdMs);
  }
  await load.stop();
  const { ended, failed } = load.take();
  await writeFile(
    served.policyFile,
    NARROW.yaml.replace('[GetAccessToken]\n', '[GetUser]\n').replace(WORKERS, ''),
  );
  const taken =
    (await comes(served, '"event":"config_taken"', 1)) && (await denied(call(users[0] ?? '')));
  const breakages = BREAKAGES.length;
  return { calls: ended, failed, breakages, refused, taken, failures: load.failures };
}

/** What the worker's entry needs for tokens alone. */
const WORKERS = `    oauth_clients: [default]\n    max_scopes: [openid, drive.appdata, drive.readonly]\n`;

/** Whether it says so of the policy that often, soon. */
async function comes(served: Served, event: string, times: number): Promise<boolean> {
  const seen = async () => {
    while ((await served.logged(event, '"part":"policy"')) < times) await wait(LOOK_MS);
    return true;
  };
  const onTimeout = () => new Error('It did not come.');
  return within(systemClock, SOON_MS, { work: seen(), onTimeout }).catch(() => false);
}

async function denied(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => false,
    (error: unknown) => error instanceof TokenVaultError && error.reason === 'CALLER_NOT_ALLOWED',
  );
}
