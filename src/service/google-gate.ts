import { boundedMap } from '../concurrency/bounded-map.ts';
import { WaitingLine } from '../concurrency/waiting-line.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { TokenOutcome } from '../domain/oauth-provider.ts';
import type { Random } from '../domain/random.ts';
import type { GooglePause } from '../domain/replica-status.ts';
import { noAnswerReason } from './google-failures.ts';
import { GooglePace } from './google-pace.ts';
import type { ServiceLimits } from './limits.ts';
import type { Urgency } from './urgency.ts';

/**
 * What Google is needed for. A person waits for an `exchange`, and an exchange for its `proof`, whose
 * code is spent: both go before any `refresh`, and wait longer for their turn. A refresh for a `batch`
 * goes after all others and has time: its call is answered without it.
 */
export type Errand = 'refresh' | 'exchange' | 'proof' | 'batch';
type Lane = 'exchanges' | 'refreshes' | 'batches';

const FIRST: readonly Lane[] = ['exchanges', 'refreshes'];
const LAST: readonly Lane[] = ['batches'];
const LANES = [...FIRST, ...LAST];
const LANE = {
  refresh: 'refreshes',
  exchange: 'exchanges',
  proof: 'exchanges',
  batch: 'batches',
} as const;
const PATIENCE_MS = { refresh: 3_000, exchange: 5_000, proof: 20_000, batch: 20_000 } as const;
/** OAuth clients that were asked for last, also those that nobody has configured. */
const MAX_CLIENTS = 1_000;
/** How many go through a place in a second, as long as nothing better is known. */
const USUAL_PER_PLACE = 5;

export interface GoogleGateDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: ServiceLimits;
}

/** How long somebody may wait at most. */
export interface Waiting {
  /** On the monotonic clock; it never waits longer than its errand does. */
  readonly until?: number;
  /** Makes of what waits for a batch a refresh like others. */
  readonly hurry?: AbortSignal;
}

/** Who waits in the name of one OAuth client, and how fast their turns come. */
interface Client {
  readonly alias: string;
  readonly pace: GooglePace;
  readonly lines: Readonly<Record<Lane, WaitingLine>>;
  /** Ends the wait for the next turn. */
  cancel: () => void;
}

/**
 * The way to Google's token endpoint, and to the record that is read for it. So many are on it at a
 * time. While Google throttles an OAuth client nobody goes for it, and then few at first: the others
 * wait in line for a moment, or are told when to come back.
 */
export class GoogleGate {
  readonly #deps: GoogleGateDeps;
  readonly #clients = boundedMap<Client>(MAX_CLIENTS);
  /**
   * That are free. Exchanges have their own: one may hang for half a minute. Batches may have half of
   * those of the refreshes.
   */
  readonly #places: Record<Lane, number>;

  constructor(deps: GoogleGateDeps) {
    this.#deps = deps;
    const { refreshes } = deps.limits;
    const half = Math.ceil(refreshes / 2);
    this.#places = { refreshes, exchanges: half, batches: half };
  }

  /**
   * Waits for a turn and takes a place.
   * @returns gives the place back; what hangs longer than a flight may loses it by itself
   * @throws Failure PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE where Google wants a pause; NOT_READY
   *   where too many wait, or for too long
   */
  async enter(alias: string, errand: Errand, waiting: Waiting = {}): Promise<() => void> {
    const { hurry, until = Number.POSITIVE_INFINITY } = waiting;
    const client = this.#client(alias);
    const lane = LANE[errand];
    const line = client.lines[lane];
    const patienceMs = Math.min(PATIENCE_MS[errand], until - this.#deps.clock.monotonic());
    if (line.size === 0 && this.#isTurn(client, lane)) {
      this.#take(client, lane);
    } else {
      const isInVain = patienceMs <= 0 || line.size >= this.#mostWaiting(client, patienceMs);
      if (isInVain) throw this.#refusal(client, errand);
      const turn = line.join(patienceMs, hurry);
      this.#serve(client);
      if (!(await turn)) {
        if (errand === 'batch' && hurry?.aborted) return this.enter(alias, 'refresh', { until });
        throw this.#refusal(client, errand);
      }
    }
    return this.#placeBack(lane);
  }

  /**
   * For who has a place, before Google is asked and where it gave no answer.
   * @throws Failure as `enter` does, where a pause began meanwhile
   */
  ensureOpen(alias: string, urgency: Urgency = 'call'): void {
    const client = this.#client(alias);
    if (client.pace.pauseMs > 0) throw failureOf(client, urgency);
  }

  /** Learns from what became of a request that was sent at `sentAt` on the monotonic clock. */
  answered(alias: string, outcome: TokenOutcome, sentAt: number): void {
    const client = this.#client(alias);
    const { lines, pace } = client;
    if (!pace.answered(outcome, sentAt)) return;
    const pauseMs = Math.round(pace.pauseMs);
    this.#deps.metrics.count('tokenvault_google_pauses_total', { client: alias });
    this.#deps.logger.warn('google_throttles', { oauthClient: alias, pauseMs });
    lines.refreshes.cut(this.#mostWaiting(client, PATIENCE_MS.refresh));
    lines.exchanges.cut(this.#mostWaiting(client, PATIENCE_MS.proof));
    lines.batches.cut(this.#mostWaiting(client, PATIENCE_MS.batch));
    this.#serve(client);
  }

  /** Whether who needs nothing at once had better not ask now. */
  isHeldBack(alias: string, errand: 'refresh' | 'batch' = 'refresh'): boolean {
    const client = this.#clients.get(alias);
    if (client === undefined) return false;
    const { pace, lines } = client;
    if (pace.heldBackFor !== undefined || lines.refreshes.size > 0) return true;
    return errand === 'batch' && lines.batches.size > 0;
  }

  /** What is left of the pauses that Google wanted. */
  get pauses(): readonly GooglePause[] {
    const paused = [...this.#clients.values()].filter(({ pace }) => pace.hasPaused);
    return paused.map(({ alias, pace }) => ({ oauthClient: alias, leftMs: pace.pauseMs }));
  }

  #client(alias: string): Client {
    const known = this.#clients.get(alias);
    if (known !== undefined) return known;
    const { clock, limits } = this.#deps;
    const client: Client = {
      alias,
      pace: new GooglePace(limits.refreshes * USUAL_PER_PLACE, this.#deps),
      lines: {
        exchanges: new WaitingLine(clock),
        refreshes: new WaitingLine(clock),
        batches: new WaitingLine(clock),
      },
      cancel: () => undefined,
    };
    this.#clients.set(alias, client);
    return client;
  }

  #isTurn({ pace, lines }: Client, lane: Lane): boolean {
    if (this.#places[lane] === 0 || pace.waitMs > 0) return false;
    if (lane !== 'batches') return true;
    return this.#places.refreshes > 0 && lines.refreshes.size === 0;
  }

  #take({ pace }: Client, lane: Lane): void {
    this.#places[lane] -= 1;
    if (lane === 'batches') this.#places.refreshes -= 1;
    pace.went();
  }

  #placeBack(lane: Lane): () => void {
    let isBack = false;
    const back = () => {
      if (isBack) return;
      isBack = true;
      cancel();
      this.#places[lane] += 1;
      if (lane === 'batches') this.#places.refreshes += 1;
      this.#serveAll();
    };
    const cancel = this.#deps.clock.schedule(this.#deps.limits.flightMs, back);
    return back;
  }

  /** Those behind would wait for nothing. */
  #mostWaiting({ pace }: Client, patienceMs: number): number {
    return Math.min(this.#deps.limits.refreshesWaiting, pace.within(patienceMs));
  }

  /** Calls those whose turn it is, and comes back for the next. @returns whether it was anybody's */
  #serve(client: Client, lanes: readonly Lane[] = LANES): boolean {
    const { lines, pace } = client;
    let isServed = false;
    client.cancel();
    for (const lane of lanes) {
      while (lines[lane].size > 0 && this.#isTurn(client, lane)) {
        this.#take(client, lane);
        lines[lane].callNext();
        isServed = true;
      }
    }
    if (pace.waitMs > 0 && LANES.some((lane) => lines[lane].size > 0)) {
      // Whole: what is left of a wait may be too little to move a clock.
      const waitMs = Math.ceil(pace.waitMs);
      client.cancel = this.#deps.clock.schedule(waitMs, () => void this.#serve(client));
    }
    return isServed;
  }

  /** A place is free, for a batch last. Who was served or asked for last comes last. */
  #serveAll(): void {
    for (const lanes of [FIRST, LAST]) {
      for (const client of [...this.#clients.values()].reverse()) {
        if (this.#serve(client, lanes)) this.#clients.set(client.alias, client);
      }
    }
  }

  #refusal(client: Client, errand: Errand): Failure {
    const failure = failureOf(client, errand === 'batch' ? 'batch' : 'call');
    const { reason } = failure;
    this.#deps.metrics.count('tokenvault_google_held_back_total', { reason });
    return failure;
  }
}

/** Each who is refused is told another time. */
function failureOf({ alias, pace }: Client, urgency: Urgency): Failure {
  const { heldBackFor } = pace;
  const reason = heldBackFor === undefined ? 'NOT_READY' : noAnswerReason(heldBackFor);
  const metadata = { oauthClient: alias };
  return new Failure(reason, { metadata, retryAfterMs: pace.backInMs(urgency) });
}
