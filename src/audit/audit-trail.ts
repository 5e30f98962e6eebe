import type { Alerts } from '../domain/alerts.ts';
import type { AuditLog, AuditSubject, Decision } from '../domain/audit.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { AuditKeys } from './audit-keys.ts';
import { Batch } from './batch.ts';
import { BEGINNING, Chain, type Link } from './chain.ts';
import { DecisionText, fieldsText, type UsersShown } from './decision-text.ts';
import { IsoTime } from './iso-time.ts';
import type { LineTarget } from './line-target.ts';
import { systemCode } from './system-code.ts';

export interface AuditTrailOptions {
  readonly keys: AuditKeys;
  readonly target: LineTarget;
  /** Random, 32 hex digits. */
  readonly instance: string;
  readonly users: UsersShown;
  readonly required: boolean;
  /** Said in the first line: which build it is, and on which host. */
  readonly version: string;
  readonly host: string;
}

export interface AuditTrailDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
}

/** While nothing can be written and nobody calls, it is tried this often. */
const PROBE_MS = 1_000;

/**
 * The account of one process as a chain of lines. The lines of one turn of the event loop are written
 * at its end, by one system call, and then their answers may leave. What cannot be written is counted,
 * and the first line that can be says how many are missing.
 */
export class AuditTrail implements AuditLog {
  readonly required: boolean;
  readonly #options: AuditTrailOptions;
  readonly #deps: AuditTrailDeps;
  #keyId: string;
  #text: DecisionText;
  #chain: Chain;
  readonly #time: IsoTime;
  readonly #countWritten: () => void;
  #last: Link = BEGINNING;
  /** What the chain has to say before the next decision. */
  #mark: 'started' | 'reopened' | 'rekeyed' | undefined = 'started';
  /** Of its last line, where that had another key than the next one. */
  #previousKey: string | undefined;
  #lost: { count: number; readonly since: string } | undefined;
  #midLine: boolean;
  #writable = true;
  #probing = false;
  #closed = false;
  #fields: string[] = [];
  #waiting: ((written: boolean) => void)[] = [];

  constructor(options: AuditTrailOptions, deps: AuditTrailDeps) {
    const { keys, users, required, target } = options;
    this.required = required;
    this.#options = options;
    this.#deps = deps;
    this.#keyId = keys.id;
    this.#text = new DecisionText(keys, users);
    this.#chain = new Chain(options);
    this.#time = new IsoTime(deps.clock);
    this.#midLine = target.endsMidLine;
    this.#countWritten = deps.metrics.counter('tokenvault_audit_decisions_total', {
      outcome: 'written',
    });
    this.#write([]);
  }

  get writable(): boolean {
    return this.#writable;
  }

  get keyId(): string {
    return this.#keyId;
  }

  describe(subject: AuditSubject): string {
    return this.#text.ofSubject(subject);
  }

  record(decision: Decision, settled: (written: boolean) => void): void {
    if (this.#fields.length === 0) setImmediate(() => this.flush());
    this.#fields.push(this.#text.of(decision));
    this.#waiting.push(settled);
  }

  /** Writes what this turn has brought so far, and lets its answers leave. */
  flush(): void {
    const [fields, waiting] = [this.#fields, this.#waiting];
    if (fields.length === 0) return;
    this.#fields = [];
    this.#waiting = [];
    const written = this.#write(fields);
    for (let index = 0; index < waiting.length; index += 1) waiting[index]?.(index < written);
  }

  /** Goes on in the file that has the name now, as after a rotation. Nothing is lost by it. */
  reopen(): void {
    if (this.#closed) return;
    this.flush();
    try {
      if (!this.#options.target.reopen()) return;
    } catch (error) {
      this.#deps.alerts.raise('audit_not_reopened', { problem: systemCode(error) });
      return;
    }
    this.#midLine = this.#options.target.endsMidLine;
    if (this.#mark !== 'started') this.#mark = 'reopened';
    this.#write([]);
  }

  /**
   * Goes on with another key, from a line on that hangs on the last one of the old key and says which
   * that was. Subjects that were described, and not recorded yet, keep the hashes of the old key.
   */
  rekey(keys: AuditKeys): void {
    if (this.#closed || keys.id === this.#keyId) return;
    this.flush();
    const { instance, users } = this.#options;
    // Nothing is there of a chain whose first line is still to come.
    if (this.#mark !== 'started') this.#previousKey ??= this.#keyId;
    this.#mark ??= 'rekeyed';
    this.#keyId = keys.id;
    this.#text = new DecisionText(keys, users);
    this.#chain = new Chain({ keys, instance });
    this.#write([]);
  }

  /** Ends the chain: nothing can be cut off behind its last line unnoticed. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#write([], ',"event":"stopped"');
    this.#closed = true;
    this.#writable = false;
    this.#options.target.close();
  }

  /** @returns how many of the decisions are in the file */
  #write(decisions: readonly string[], end?: string): number {
    if (this.#closed) return 0;
    const time = this.#time.now();
    const batch = new Batch(this.#chain, this.#last, this.#midLine ? '\n' : '');
    const marks = this.#marks();
    for (const fields of marks) batch.add(time, fields);
    for (const fields of decisions) batch.add(time, fields);
    if (end !== undefined) batch.add(time, end);
    const { text } = batch;
    const { bytes, problem } = this.#options.target.append(text, this.#writable);
    const whole = batch.whole(bytes);
    this.#last = batch.after(whole);
    if (bytes > 0) this.#midLine = bytes !== batch.end(whole);
    const written = Math.min(Math.max(whole - marks.length, 0), decisions.length);
    this.#settle({ marks: Math.min(whole, marks.length), written, of: decisions.length, time });
    this.#note(problem);
    return written;
  }

  /** In this order, because `lost` may be the first line of a file. */
  #marks(): readonly string[] {
    const { version, host } = this.#options;
    const lost = this.#lost && fieldsText({ event: 'lost', ...this.#lost });
    const [event, previousKey] = [this.#mark, this.#previousKey];
    const mark =
      event === 'started'
        ? fieldsText({ event, version, host })
        : event && fieldsText({ event, previousKey, previous: this.#last.tag });
    return [mark, lost].filter((fields) => fields !== undefined);
  }

  #settle({ marks, written, of, time }: Settled): void {
    for (let count = 0; count < written; count += 1) this.#countWritten();
    const all = this.#marks().length;
    if (marks > 0) this.#marked();
    if (marks === all) this.#lost = undefined;
    if (written === of) return;
    const count = of - written;
    this.#lost = { since: time, ...this.#lost, count: (this.#lost?.count ?? 0) + count };
    for (let one = 0; one < count; one += 1) {
      this.#deps.metrics.count('tokenvault_audit_decisions_total', { outcome: 'lost' });
    }
  }

  /** The line that the chain had to have before the next decision is written. */
  #marked(): void {
    const [key, previousKey] = [this.#keyId, this.#previousKey];
    [this.#mark, this.#previousKey] = [undefined, undefined];
    if (previousKey !== undefined) this.#deps.logger.info('audit_rekeyed', { key, previousKey });
  }

  #note(problem: string | undefined): void {
    const before = this.#writable;
    this.#writable = problem === undefined;
    if (this.#writable) {
      if (!before) this.#deps.logger.info('audit_written_again');
      return;
    }
    if (before) this.#deps.alerts.raise('audit_not_written', { problem });
    if (this.#probing) return;
    this.#probing = true;
    this.#deps.clock.schedule(PROBE_MS, () => {
      this.#probing = false;
      if (!this.#writable && !this.#closed) this.#write([]);
    });
  }
}

interface Settled {
  /** Lines about the chain itself that were written. */
  readonly marks: number;
  readonly written: number;
  readonly of: number;
  readonly time: string;
}
