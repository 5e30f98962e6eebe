import type { StandInRequest } from './http.ts';

/** Something to go wrong with one of the next requests. */
export interface Fault {
  /** Matches every path that begins with it. */
  readonly path: string;
  /** Form fields that must have these values, for example `{ grant_type: 'refresh_token' }`. */
  readonly form?: Readonly<Record<string, string>>;
  /** How many requests it hits. Default 1. */
  readonly times?: number;
  /** Answers with this status instead of doing anything. Without it the request takes effect. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of the answer; with a body alone, the request takes effect and only its answer is changed. */
  readonly body?: string;
  /** Waits first. */
  readonly delayMs?: number;
  /** Cuts the connection: `before` the request takes effect, or `after` it did, without an answer. */
  readonly drop?: 'before' | 'after';
}

/** A queue: of the faults that match a request the oldest counts. */
export class Faults {
  #queue: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#queue.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#queue = [];
  }

  /** What is still to come. */
  pending(): readonly Fault[] {
    return this.#queue.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  /** The fault for this request, counted down. */
  take({ path, form }: Pick<StandInRequest, 'path' | 'form'>): Fault | undefined {
    const entry = this.#queue.find(
      ({ fault }) =>
        path.startsWith(fault.path) &&
        Object.entries(fault.form ?? {}).every(([name, value]) => form.get(name) === value),
    );
    if (entry === undefined) return undefined;
    entry.left -= 1;
    this.#queue = this.#queue.filter(({ left }) => left > 0);
    return entry.fault;
  }
}
