import {
  BatchGetAccessTokensResponse,
  GetAccessTokenResponse,
} from '../../src/gen/tokenvault/v1/token_vault.ts';
import type { Figures } from '../figures.ts';
import { BATCH_PATH, batchRequest, benchUser, tokenRequest } from '../load/call.ts';
import { Load } from '../load/load.ts';
import { ServerProcess } from '../server-process.ts';
import type { Sizes } from '../sizes.ts';
import type { World } from '../world.ts';
import { type Contender, type Costs, costsOf, STREAMS, takeTurns } from './contender.ts';

const BATCH = 100;
const CONNECTIONS = 8;
/** Calls under way on each connection: as many tokens at a time as nobody needs more. */
const BATCH_STREAMS = 2;
/** A batch is over so fast that a round of as many tokens would be too short to measure. */
const MORE_TOKENS = 5;

/**
 * What a cached token costs in batches of 100, beside single calls for the tokens of the same users, in
 * a process without the audit and in one with it. One process serves both, so that the two single
 * contenders are the control.
 */
export async function measureBatches(world: World, sizes: Sizes): Promise<Partial<Figures>> {
  await using started = new AsyncDisposableStack();
  const [unaudited, audited] = [
    await startContenders(world, sizes, { started, words: ['unaudited'] }),
    await startContenders(world, sizes, { started, words: [] }),
  ];
  const results = await takeTurns([unaudited, audited], sizes.rounds);
  const costs = (...those: readonly Contender[]) =>
    costsOf(those.flatMap((contender) => results.get(contender) ?? []));
  const [single, batched, control] = unaudited;
  const [calls, tokens] = [costs(single, control), costs(batched)];
  return {
    cached_call_to_batched_token_cpu_ratio: ratio(calls, tokens),
    audited_call_to_batched_token_cpu_ratio: ratio(
      costs(audited[0], audited[2]),
      costs(audited[1]),
    ),
    batch_control_cpu_ratio: ratio(costs(control), costs(single)),
    batched_to_single_tokens_rate_ratio: tokens.rate / calls.rate,
    batched_token_cpu_us: tokens.cpuUs,
    batched_tokens_rate: tokens.rate,
  };
}

function ratio({ cpuUs: value }: Costs, { cpuUs: base }: Costs): number | null {
  return value === null || base === null ? null : value / base;
}

type Contenders = readonly [single: Contender, batched: Contender, control: Contender];

/** A server, and its contenders with all that they ask for in its cache. */
async function startContenders(
  world: World,
  sizes: Sizes,
  { started, words }: { readonly started: AsyncDisposableStack; readonly words: readonly string[] },
): Promise<Contenders> {
  const server = await ServerProcess.start({
    file: 'many-users.ts',
    args: [JSON.stringify(world.serverFiles), ...words],
    logFile: `${world.directory}/batches.log`,
  });
  started.defer(() => server.stop());
  const open = async (path?: string) => {
    const load = await Load.open(await world.target(server.port, path), CONNECTIONS);
    started.defer(() => load.close());
    return load;
  };
  const users = Array.from({ length: sizes.batchedUsers }, (_, index) => benchUser(index));
  const single = singleContender({ server, load: await open(), users, sizes });
  const batched = batchContender({ server, load: await open(BATCH_PATH), users, sizes });
  for (const contender of [single, batched]) await contender.run(sizes.warmUpCalls);
  return [single, batched, { ...single }];
}

interface Asking {
  readonly server: ServerProcess;
  readonly load: Load;
  readonly users: readonly string[];
  readonly sizes: Sizes;
}

function singleContender({ server, load, users, sizes }: Asking): Contender {
  const messages = users.map((user) => tokenRequest(user));
  const replies: Buffer[] = [];
  const check = checker(
    replies,
    (reply) => GetAccessTokenResponse.decode(reply).accessToken !== '',
  );
  return {
    callsPerRound: sizes.callsPerRound,
    cpuUs: () => server.cpuUs(),
    run: async (calls) => {
      const message = (index: number) => messages[index % messages.length] ?? Buffer.alloc(0);
      const inTurn = (reply: Buffer, index: number) => check(reply, index % messages.length);
      return (await load.run({ calls, streams: STREAMS, message, check: inTurn })).seconds;
    },
  };
}

function batchContender({ server, load, users, sizes }: Asking): Contender {
  const messages = users.flatMap((_, index) =>
    index % BATCH === 0 ? [batchRequest(users.slice(index, index + BATCH))] : [],
  );
  const replies: Buffer[] = [];
  const check = checker(replies, (reply) => {
    const { results } = BatchGetAccessTokensResponse.decode(reply);
    return results.length === BATCH && results.every(({ token }) => token !== undefined);
  });
  return {
    callsPerRound: sizes.callsPerRound * MORE_TOKENS,
    cpuUs: () => server.cpuUs(),
    run: async (tokens) => {
      const message = (index: number) => messages[index % messages.length] ?? Buffer.alloc(0);
      const inTurn = (reply: Buffer, index: number) => check(reply, index % messages.length);
      const calls = Math.ceil(tokens / BATCH);
      return (await load.run({ calls, streams: BATCH_STREAMS, message, check: inTurn })).seconds;
    },
  };
}

/** The first reply of each has to be good, and all later ones the same. */
function checker(replies: Buffer[], isGood: (reply: Buffer) => boolean) {
  return (reply: Buffer, place: number) => {
    const known = replies[place];
    if (known === undefined && isGood(reply)) replies[place] = Buffer.from(reply);
    else if (!known?.equals(reply))
      throw new Error('The service gave another reply than it should.');
  };
}
