import type { OperatorConnection } from '../../client/connect-operator.ts';
import { TokenVaultError } from '../../client/token-vault-error.ts';
import type { ImportGrantRequest } from '../../gen/tokenvault/admin/v1/token_vault_admin.ts';
import type { CliContext } from '../cli-context.ts';
import { callPersistently, mayPass } from '../persistent-call.ts';
import { ProgressLine } from '../progress-line.ts';
import { UsageError } from '../usage-error.ts';
import type { ImportLine } from './import-line.ts';
import {
  countFailed,
  failedOf,
  type ImportTally,
  refusedText,
  tallyLines,
  tallyText,
  unsentText,
} from './import-report.ts';

/** A proof waits for its turn at Google, and for Google. */
const TIMEOUT_MS = 30_000;
/** How long one line is tried before the import stops: nothing would go better for the next ones. */
const PATIENCE_MS = 120_000;

export interface ImportOptions {
  /** Lines under way at a time. */
  readonly atATime: number;
  /** Lines before this one are skipped. */
  readonly fromLine: number;
}

export interface ImportOutcome {
  readonly failed: number;
  /** Where the import stopped before the end: the first line that has to be tried again. */
  readonly stoppedAt?: number;
}

/**
 * Imports line after line, some at a time. It stops, so that it can go on from there, when it is told
 * to, when TokenVault stays away, or when it says that all lines would be refused.
 */
export class UsersImport {
  readonly #context: CliContext;
  readonly #connection: OperatorConnection;
  readonly #options: ImportOptions;
  readonly #progress: ProgressLine;
  readonly #stop = new AbortController();
  readonly #tally: ImportTally = { imported: 0, already: 0, failed: new Map() };
  readonly #toTryAgain: number[] = [];
  #last = 0;
  #isBroken = false;

  constructor(context: CliContext, connection: OperatorConnection, options: ImportOptions) {
    this.#context = context;
    this.#connection = connection;
    this.#options = options;
    this.#progress = new ProgressLine(context);
  }

  /** @throws UsageError where no line can be read, or the file ends before the first one that is wanted */
  async run(lines: AsyncGenerator<ImportLine>): Promise<ImportOutcome> {
    const { signals } = this.#context;
    const stop = () => this.#stop.abort();
    let isStopped = false;
    // A second one ends the process, as ever.
    signals.once('SIGINT', stop);
    try {
      const workers = Array.from({ length: this.#options.atATime }, () => this.#work(lines));
      await Promise.all(workers);
      if (this.#stop.signal.aborted) isStopped = !(await this.#isOver(lines));
    } finally {
      signals.off('SIGINT', stop);
      await lines.return(undefined);
      this.#progress.clear();
    }
    const { fromLine } = this.#options;
    if (!isStopped && fromLine > 1 && fromLine > this.#last) {
      throw new UsageError(`The file has no line ${fromLine}: its last is line ${this.#last}.`);
    }
    for (const line of tallyLines(this.#tally)) this.#context.print(line);
    const failed = failedOf(this.#tally);
    if (!isStopped) return { failed };
    return { failed, stoppedAt: Math.min(...this.#toTryAgain, this.#last + 1) };
  }

  async #work(lines: AsyncGenerator<ImportLine>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const next = await this.#next(lines);
      if (next.done) return;
      this.#last = Math.max(this.#last, next.value.number);
      if (next.value.number < this.#options.fromLine) continue;
      await this.#importOne(next.value);
      this.#progress.show(`line ${this.#last}: ${tallyText(this.#tally)}`);
    }
  }

  /** Stops where the file breaks off. */
  async #next(lines: AsyncGenerator<ImportLine>): Promise<IteratorResult<ImportLine>> {
    try {
      return await lines.next();
    } catch (error) {
      if (this.#last === 0) throw error;
      this.#isBroken = true;
      this.#stop.abort();
      const text = `after line ${this.#last} the file cannot be read; the import stops`;
      this.#progress.above(() => this.#context.print(text));
      return { done: true, value: undefined };
    }
  }

  /** Whether it was told to stop when there was nothing left. */
  async #isOver(lines: AsyncGenerator<ImportLine>): Promise<boolean> {
    if (this.#toTryAgain.length > 0) return false;
    const { done } = await this.#next(lines);
    return done === true && !this.#isBroken;
  }

  async #importOne(line: ImportLine): Promise<void> {
    if ('problem' in line) {
      this.#report(unsentText(line), line.problem);
      return;
    }
    try {
      const { alreadyImported } = await this.#call(line.request);
      if (alreadyImported) this.#tally.already += 1;
      else this.#tally.imported += 1;
    } catch (error) {
      if (!(error instanceof TokenVaultError)) throw error;
      if (this.#stop.signal.aborted || !isOfThisLine(error)) this.#giveUp(line, error);
      else this.#report(refusedText(line, error), error.reason ?? error.code);
    }
  }

  #call(request: ImportGrantRequest) {
    const call = () => this.#connection.importGrant(request, { timeoutMs: TIMEOUT_MS });
    const hasGoneWell = this.#tally.imported + this.#tally.already > 0;
    return callPersistently(this.#context, call, {
      patienceMs: PATIENCE_MS,
      // What never went well for want of a connection is told at once.
      passes: (failure) =>
        mayPass(failure) && !isOfThisLine(failure) && (hasGoneWell || failure.reason !== undefined),
      signal: this.#stop.signal,
    });
  }

  #giveUp(line: ImportLine, failure: TokenVaultError): void {
    this.#toTryAgain.push(line.number);
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const text = `${refusedText(line, failure)}; the import stops`;
    this.#progress.above(() => this.#context.print(text));
  }

  #report(text: string, why: string): void {
    countFailed(this.#tally, why);
    this.#progress.above(() => this.#context.print(text));
  }
}

/** Whether it is the line that is refused: others may go well, and this one will not. */
function isOfThisLine(failure: TokenVaultError): boolean {
  const { reason, metadata } = failure;
  switch (reason) {
    case undefined:
    case 'CALLER_CREDENTIAL_INVALID':
      return false;
    case 'CALLER_NOT_ALLOWED':
      return metadata.deniedBy !== 'rpc';
    // A name that was mistyped on a line is told so, too.
    case 'CLIENT_NOT_CONFIGURED':
      return true;
    default:
      return !mayPass(failure);
  }
}
