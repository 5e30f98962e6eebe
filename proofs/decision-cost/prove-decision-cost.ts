import { status } from '@grpc/grpc-js';
import { lowerQuartile } from '../../bench/statistics.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { type Handlers, makeHandlers } from './handlers.ts';

/** What all decisions about a call may cost together, and the audit alone, microseconds of CPU. */
const MOST_US = 5;
const MOST_AUDIT_US = 3.5;
/** Calls that come in one turn of the event loop, as many as the benchmark's connections send. */
const PER_TURN = 32;
const ROUNDS = 20;

type Kind = 'everything' | 'unaudited' | 'undecided';
const KINDS: readonly Kind[] = ['everything', 'unaudited', 'undecided'];

/**
 * A million cached calls through the handler, with identity, policy, rate limit and audit, and as many
 * without: the difference is what the decisions cost.
 */
export async function proveDecisionCost(context: ProofContext): Promise<Verdict> {
  // The service's own timers keep no process alive.
  const alive = setInterval(() => undefined, 60_000);
  const handlers = await makeHandlers(context.directory);
  const calls = context.quick ? 2_000 : 1_000_000;
  const costs = await measure(handlers, calls / ROUNDS);
  await handlers.audit.close();
  clearInterval(alive);
  const decisions = costs.everything - costs.undecided;
  const audit = costs.everything - costs.unaudited;
  for (const kind of KINDS) context.print(`${kind.padEnd(12)} ${costs[kind].toFixed(2)} µs a call`);
  const held = context.quick || (decisions <= MOST_US && audit <= MOST_AUDIT_US);
  const sentence = `${calls} calls: identity, policy, rate limit and audit take ${decisions.toFixed(2)} µs of CPU a call (at most ${MOST_US}), the audit of it ${audit.toFixed(2)} µs (at most ${MOST_AUDIT_US}).`;
  return { held, sentence: context.quick ? `${calls} calls were made.` : sentence };
}

/** In turns, so that a disturbance hits all alike. */
async function measure(
  handlers: Handlers,
  callsPerRound: number,
): Promise<Readonly<Record<Kind, number>>> {
  const costs: Record<Kind, number[]> = { everything: [], unaudited: [], undecided: [] };
  for (const kind of KINDS) await run(handlers, kind, callsPerRound);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      const before = process.cpuUsage();
      await run(handlers, kind, callsPerRound);
      const { user, system } = process.cpuUsage(before);
      costs[kind].push((user + system) / callsPerRound);
    }
  }
  return {
    everything: lowerQuartile(costs.everything),
    unaudited: lowerQuartile(costs.unaudited),
    undecided: lowerQuartile(costs.undecided),
  };
}

async function run(handlers: Handlers, kind: Kind, calls: number): Promise<void> {
  const { [kind]: handler, call } = handlers;
  let answered = 0;
  for (let made = 0; made < calls; ) {
    for (let turn = 0; turn < PER_TURN && made < calls; turn += 1, made += 1) {
      handler(call, (error) => {
        if (error !== null) throw new Error(`A call ended with ${status[error.code ?? 2]}.`);
        answered += 1;
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The first call of all takes its token from Google.
  while (answered < calls) await new Promise((resolve) => setImmediate(resolve));
}
