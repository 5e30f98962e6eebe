import { BEGINNING, Chain, type Link } from '../../src/audit/chain.ts';
import { fieldsText } from '../../src/audit/decision-text.ts';
import { KEYS } from './audit-fixture.ts';

/** A process that writes lines one by one. */
export class Writer {
  readonly instance: string;
  readonly #chain: Chain;
  #last: Link = BEGINNING;

  /** @param digit makes the instance */
  constructor(digit: string) {
    this.instance = digit.repeat(32);
    this.#chain = new Chain({ keys: KEYS, instance: this.instance });
  }

  next(event = this.#last.seq === 0 ? 'started' : 'decision', more: object = {}): string {
    const fields = fieldsText({ event, ...more });
    const link = this.#chain.line(this.#last, '2026-01-01T00:00:00.000Z', fields);
    this.#last = link;
    return link.text.trimEnd();
  }

  /** The first line after a rotation. */
  reopened(): string {
    return this.next('reopened', { previous: this.#last.tag });
  }
}

/** A line by its place in the files, from 0 on. */
export interface At {
  readonly file: number;
  readonly line: number;
}

/** Which process writes next; `r` rotates the file. */
export type Step = 'a' | 'b' | 'c' | 'r';

/** Files that the processes have written together, each of them stopped in the end. */
export function writeFiles(steps: readonly Step[]): readonly (readonly string[])[] {
  const writers = new Map(['a', 'b', 'c'].map((digit) => [digit, new Writer(digit)]));
  const running = new Set<Writer>();
  const files: string[][] = [[]];
  for (const step of steps) {
    const writer = writers.get(step);
    if (writer === undefined) files.push([...running].map((one) => one.reopened()));
    else {
      running.add(writer);
      files.at(-1)?.push(writer.next());
    }
  }
  files.at(-1)?.push(...[...running].map((one) => one.next('stopped')));
  return files;
}
