import type { AuditKeys } from './audit-keys.ts';

/** What the chain of one process hangs on from its start to its end. */
export interface ChainOptions {
  readonly keys: AuditKeys;
  readonly instance: string;
}

/** The last line of a chain: its number and its tag. The chain begins after number 0, without a tag. */
export interface Link {
  readonly seq: number;
  readonly tag: string;
}

export const BEGINNING: Link = { seq: 0, tag: '' };

/** Makes the lines of one process, each hanging on the one before it. */
export class Chain {
  readonly #keys: AuditKeys;
  readonly #constant: string;

  constructor({ keys, instance }: ChainOptions) {
    this.#keys = keys;
    this.#constant = `","instance":"${instance}","key":"${keys.id}","seq":`;
  }

  /** The line that follows `last`, and itself as a link. `fields` follow others in a JSON object. */
  line(last: Link, time: string, fields: string): Link & { readonly text: string } {
    const seq = last.seq + 1;
    const body = `{"time":"${time}${this.#constant}${seq}${fields}`;
    const tag = this.#keys.tag(last.tag, body);
    return { seq, tag, text: `${body},"tag":"${tag}"}\n` };
  }
}
