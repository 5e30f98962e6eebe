import type { z } from 'zod';
import { backoffMs } from '../concurrency/backoff.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import { causeOfFault, type FailureCause } from '../domain/failure-cause.ts';
import type { Random } from '../domain/random.ts';
import type { Access } from './access.ts';
import type { VaultClient, VaultReply } from './vault-client.ts';
import { causeOfReply, type Verdict, verdictOf } from './vault-errors.ts';
import { VaultFault } from './vault-fault.ts';

export interface RequestDependencies {
  /** Says what a refusal means. */
  readonly access: Pick<Access, 'token' | 'denied' | 'misconfigured'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Further tries of a read that got no usable answer. */
  readonly readRetries: number;
}

/** What a read is to be answered with. */
export interface Expected<Body> {
  readonly schema: z.ZodType<Body>;
  /** The capability that the request needs, where a policy that is otherwise good may lack it. */
  readonly needed?: string;
}

export type ReadAnswer<Body> =
  | { readonly kind: 'found'; readonly body: Body; readonly date: number | undefined }
  | { readonly kind: 'absent'; readonly body: unknown };

/** How a write is known to be done, and what it needs, as with `Expected`. */
export interface Written {
  readonly isDone?: (body: unknown) => boolean;
  readonly needed?: string | undefined;
}

/** `unclear`: it may have taken effect, or may still. */
export type WriteAnswer = 'done' | 'conflict' | 'unclear';

const RETRY_BACKOFF = { firstMs: 50, mostMs: 1_000 };
/** Times that one request is sent with another token because Vault did not know the one before. */
const MOST_TOKENS = 3;

/** A request without a usable answer, and what its caller would be told. */
interface Problem {
  readonly verdict: Verdict;
  readonly detail: string;
  readonly outside: FailureCause;
}

/** Sends KV v2 requests and turns whatever comes back into an answer or a `Failure`. */
export class KvRequests {
  readonly #deps: RequestDependencies;

  constructor(deps: RequestDependencies) {
    this.#deps = deps;
  }

  /** Repeats the request at the same node, because another one may answer with old values. */
  async read<Body>(
    client: VaultClient,
    send: (client: VaultClient) => Promise<VaultReply>,
    { schema, needed }: Expected<Body>,
  ): Promise<ReadAnswer<Body>> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#allowed(client, send, needed);
      if ('reply' in answer) {
        const { body, date } = answer.reply;
        if (answer.verdict === 'absent') return { kind: 'absent', body };
        const parsed = schema.safeParse(body);
        if (answer.verdict === 'ok' && parsed.success) {
          return { kind: 'found', body: parsed.data, date };
        }
      }
      const problem = problemOf(answer);
      if (!isPassing(problem) || attempt > this.#deps.readRetries) {
        throw this.#failure(problem);
      }
      await sleep(this.#deps.clock, backoffMs(attempt, RETRY_BACKOFF, this.#deps.random));
    }
  }

  /** Sends once. A 200 or 204 whose body `isDone` does not know is unclear. */
  async write(
    client: VaultClient,
    send: (client: VaultClient) => Promise<VaultReply>,
    { isDone = () => true, needed }: Written = {},
  ): Promise<WriteAnswer> {
    const answer = await this.#allowed(client, send, needed);
    if ('reply' in answer && answer.verdict === 'ok') {
      return isDone(answer.reply.body) ? 'done' : 'unclear';
    }
    if (answer.verdict === 'unclear' || answer.verdict === 'conflict') return answer.verdict;
    throw this.#failure(problemOf(answer));
  }

  /** The answer to a token that Vault knows. A 403 did nothing, so a write may be sent again too. */
  async #allowed(
    client: VaultClient,
    send: (client: VaultClient) => Promise<VaultReply>,
    needed?: string,
  ): Promise<Answer> {
    const { access } = this.#deps;
    for (let tokens = 1; ; tokens += 1) {
      const { token } = access;
      const answer = await settle(send(client));
      if (answer.verdict !== 'denied') return answer;
      const denial = await access.denied(client, { token, needed });
      if (denial !== 'again') throw denial;
      if (tokens === MOST_TOKENS) {
        throw new Failure('STORE_UNAVAILABLE', { detail: 'each new token was refused at once' });
      }
    }
  }

  #failure({ verdict, detail, outside }: Problem): Failure {
    switch (verdict) {
      case 'misconfigured':
        return this.#deps.access.misconfigured();
      case 'unavailable':
      case 'unclear':
        return new Failure('STORE_UNAVAILABLE', { detail, outside });
      // `denied` does not come here: it was seen to above.
      case 'denied':
      case 'ok':
      case 'absent':
      case 'conflict':
      case 'refused':
        return new Failure('INTERNAL', { detail });
    }
  }
}

type Answer =
  | { readonly verdict: Verdict; readonly reply: VaultReply }
  | { readonly verdict: Verdict; readonly fault: VaultFault };

async function settle(sent: Promise<VaultReply>): Promise<Answer> {
  try {
    const reply = await sent;
    return { reply, verdict: verdictOf(reply) };
  } catch (fault) {
    if (!(fault instanceof VaultFault)) throw fault;
    return { fault, verdict: fault.sent ? 'unclear' : 'unavailable' };
  }
}

function problemOf(answer: Answer): Problem {
  if ('fault' in answer) {
    const { fault, verdict } = answer;
    return { verdict, detail: fault.message, outside: causeOfFault(fault) };
  }
  const { verdict, reply } = answer;
  // A success without the body that belongs to it came from something that is not Vault.
  if (verdict === 'ok') {
    return { verdict: 'unclear', detail: 'Vault’s answer cannot be read', outside: 'error' };
  }
  return { verdict, detail: `Vault answered ${reply.status}`, outside: causeOfReply(reply) };
}

function isPassing({ verdict }: Problem): boolean {
  return verdict === 'unavailable' || verdict === 'unclear';
}
