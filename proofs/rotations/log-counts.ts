import { setTimeout as wait } from 'node:timers/promises';
import type { Sign } from './rotated-secret.ts';

const LOOK_MS = 20;

/** How often a process has said what, counted as its lines come. */
export class LogCounts {
  readonly #lines: readonly string[];
  readonly #told: Readonly<Record<string, unknown>>[] = [];
  #read = 0;

  /** @param lines what it has printed so far; grows */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** Lines that show it. */
  count(sign: Sign): number {
    this.#readOn();
    return this.#told.filter((line) => shows(line, sign)).length;
  }

  /** Resolves with true when it has shown that more often than `before`, or false after `withinMs`. */
  async comes(sign: Sign, before: number, withinMs: number): Promise<boolean> {
    const end = performance.now() + withinMs;
    while (this.count(sign) <= before) {
      if (performance.now() > end) return false;
      await wait(LOOK_MS);
    }
    return true;
  }

  /** Lines of calls are most of them, and say nothing of a secret. */
  #readOn(): void {
    for (; this.#read < this.#lines.length; this.#read += 1) {
      const line = this.#lines[this.#read] ?? '';
      if (!line.startsWith('{') || line.includes('"event":"rpc"')) continue;
      this.#told.push(JSON.parse(line));
    }
  }
}

function shows(line: Readonly<Record<string, unknown>>, { event, fields = {} }: Sign): boolean {
  return (
    line.event === event && Object.entries(fields).every(([field, value]) => line[field] === value)
  );
}
