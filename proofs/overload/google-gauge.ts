import type { StandInObserver, StandInRequest } from '../../src/dev/google/stand-in.ts';

/** What Google has seen in one second. */
export interface GoogleSecond {
  taken: number;
  throttled: number;
}

/** Counts what Google's token endpoint is asked, from Google's side of the wire. */
export class GoogleGauge implements StandInObserver {
  #inFlight = 0;
  #startedAt = performance.now();
  peak = 0;
  sent = 0;
  /** By second since the last reset. */
  seconds: GoogleSecond[] = [];

  reset(): void {
    this.#startedAt = performance.now();
    this.peak = this.#inFlight;
    this.sent = 0;
    this.seconds = [];
  }

  arrived({ path }: StandInRequest): void {
    if (path !== '/token') return;
    this.#inFlight += 1;
    this.sent += 1;
    this.peak = Math.max(this.peak, this.#inFlight);
  }

  answered(): void {
    // What has left is what counts.
  }

  left({ path }: StandInRequest, status: number): void {
    if (path !== '/token') return;
    this.#inFlight -= 1;
    const second = Math.floor((performance.now() - this.#startedAt) / 1_000);
    while (this.seconds.length <= second) this.seconds.push({ taken: 0, throttled: 0 });
    const counted = this.seconds[second];
    if (counted === undefined) return;
    if (status === 429) counted.throttled += 1;
    else counted.taken += 1;
  }
}
