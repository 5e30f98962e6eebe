import { quantile } from '../../bench/statistics.ts';
import type { BrokenPromise } from '../../test/faults/history/histories.ts';
import { Tally } from '../../test/faults/workload/tally.ts';
import type { Verdict } from '../proof.ts';
import type { RaceFigures } from './race-figures.ts';

/** The bound within which every replica has to know. */
const LAG_P99_MS = 2_000;
/** Of each kind so many are printed. */
const SHOWN = 10;

/** All races together. */
export class Summary {
  readonly #races: RaceFigures[] = [];
  readonly #broken: BrokenPromise[] = [];
  readonly #failures = new Tally();
  readonly #outcomes = new Tally();

  add(race: RaceFigures): void {
    this.#races.push(race);
    for (const [outcome, count] of race.outcomes) this.#outcomes.add('get', outcome, count);
  }

  broken(promises: readonly BrokenPromise[]): void {
    this.#broken.push(...promises);
  }

  /** A race that did not come to its end. */
  fail(how: string): void {
    this.#failures.add('race', how);
  }

  /** Races that did not come to their end. */
  get failures(): number {
    return this.#failures.total;
  }

  print(print: (line: string) => void): void {
    for (const [, how, times] of this.#failures.rows()) print(`${times} races failed: ${how}`);
    for (const { user, checker, what } of this.#broken.slice(0, SHOWN)) {
      print(`${user}: ${checker}: ${what}`);
    }
    if (this.#races.length === 0) return;
    for (const [, outcome, count] of this.#outcomes.rows()) {
      print(`GetAccessToken ended ${count} times with ${outcome}`);
    }
    const late = (replicas: number) =>
      this.#races.filter(({ lateReplicas }) => lateReplicas === replicas).length;
    const counts = [0, 1, 2, 3].map((replicas) => `${late(replicas)} at ${replicas}`);
    print(`replicas that gave an old token after the entry in the log: ${counts.join(', ')}`);
    print(`RevokeUser, begin to OK:                  ${this.#line(({ revokeMs }) => revokeMs)}`);
    print(`RevokeUser's begin to the last old token: ${this.#line(({ lagMs }) => lagMs)}`);
    print(`entry in the log to the last old token:   ${this.#line((race) => race.lagOfLogMs)}`);
    const margins = this.#races.map(({ revokeMs, lagMs }) => revokeMs - lagMs);
    print(`the last old token to RevokeUser's OK:    least ${Math.round(Math.min(...margins))} ms`);
  }

  /** Races in which a user who had consented was told otherwise: no fault of the machine. */
  get #refused(): number {
    const refusals = this.#failures.rows().filter(([, how]) => how.includes(': USER_'));
    return refusals.reduce((sum, [, , times]) => sum + times, 0);
  }

  /** @param judgesLag whether the machine was given to the proof, so that its times mean something */
  verdict(races: number, judgesLag: boolean): Verdict {
    const sum = (of: (race: RaceFigures) => number) =>
      this.#races.reduce((all, race) => all + of(race), 0);
    const ended = this.#races.length;
    if (ended === 0) return { held: false, sentence: 'no race came to its end.' };
    const p99 = this.#quantile(({ lagOfLogMs }) => lagOfLogMs, 0.99);
    const broken = sum(({ served }) => served) + this.#broken.length + this.#refused;
    const held = ended >= races && broken === 0 && (p99 <= LAG_P99_MS || !judgesLag);
    const sentence = [
      `${ended} of ${races} races, ${sum(({ calls }) => calls)} calls`,
      `${sum(({ served }) => served)} of ${sum(({ afterOk }) => afterOk)} calls begun after OK got a token of the earlier consent`,
      `${this.#broken.length} broken promises`,
      `from the log to the last old token p99 ${Math.round(p99)} ms`,
    ].join('; ');
    return { held, sentence: `${sentence}.` };
  }

  #quantile(of: (race: RaceFigures) => number, q: number): number {
    return quantile(this.#races.map(of), q);
  }

  #line(of: (race: RaceFigures) => number): string {
    const [p50, p99, most] = [0.5, 0.99, 1].map((q) => Math.round(this.#quantile(of, q)));
    return `p50 ${p50} ms, p99 ${p99} ms, max ${most} ms`;
  }
}
