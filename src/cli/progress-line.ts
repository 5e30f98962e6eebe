import type { CliContext } from './cli-context.ts';

const EACH_MS = 100;
const BAR = 30;
/** To the line's beginning, and wipe it: ECMA-48, which every terminal knows. */
const WIPE = '\r\u001b[2K';

/** One line at the bottom of a terminal that says how far a command is; nothing where nobody watches. */
export class ProgressLine {
  readonly #context: Pick<CliContext, 'terminal' | 'clock'>;
  #text = '';
  #drawnAt = Number.NEGATIVE_INFINITY;
  #isThere = false;

  constructor(context: Pick<CliContext, 'terminal' | 'clock'>) {
    this.#context = context;
  }

  /** Shows `text` in place of what was shown, unless that was a moment ago. */
  show(text: string): void {
    this.#text = text;
    if (this.#context.clock.monotonic() - this.#drawnAt >= EACH_MS) this.#draw();
  }

  /** Runs `print`, whose lines stay above this one. */
  above(print: () => void): void {
    this.clear();
    print();
    if (this.#text !== '') this.#draw();
  }

  clear(): void {
    if (this.#isThere) this.#context.terminal?.write(WIPE);
    this.#isThere = false;
  }

  #draw(): void {
    const { terminal, clock } = this.#context;
    if (terminal === undefined) return;
    terminal.write(WIPE + this.#text.slice(0, Math.max(0, terminal.columns - 1)));
    this.#drawnAt = clock.monotonic();
    this.#isThere = true;
  }
}

/** `[#####     ] 50 %` */
export function progressBar(done: number, total: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const filled = '#'.repeat(Math.round(share * BAR));
  return `[${filled.padEnd(BAR)}] ${Math.floor(share * 100)} %`;
}
