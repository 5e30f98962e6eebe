import { pino } from 'pino';
import type { LogFields, Logger } from '../domain/logger.ts';
import { batchedLines } from './batched-lines.ts';
import { type LineSink, prettyLines } from './pretty-lines.ts';

/** Longer strings are cut: whatever they are, they are not what a log field is for. */
const LONGEST_FIELD = 1024;
/** What every line has already: a field of the same name would stand in it twice. */
const OWN_KEYS: ReadonlySet<string> = new Set(['level', 'time', 'event']);

export interface LoggerOptions {
  /** The least level that is written: trace, debug, info, warn, error, fatal or silent. */
  readonly level: string;
  /** Default: stdout. */
  readonly output?: 'stdout' | 'stderr';
  /** Instead of those two. */
  readonly stream?: LineSink;
  /** Of the call for which a line is written, where it is traced. */
  readonly traceId?: (() => string | undefined) | undefined;
  /** Lines for a person at a terminal instead of JSON. */
  readonly pretty?: boolean;
}

/**
 * A logger that writes one JSON object per line: `level`, `time` (ISO 8601, UTC), `event`, fields.
 * Lines for the process's own outputs leave at the end of the event loop's turn; a warning or an error takes
 * them along at once, so that what precedes a crash is there to be read.
 */
export function createLogger(options: LoggerOptions): AdjustableLogger {
  const output = batchedLines(process[options.output ?? 'stdout']);
  const sink = options.stream ?? output;
  const lines = pino(
    {
      level: options.level,
      base: null,
      timestamp: isoTime(),
      formatters: { level: (label) => ({ level: label }) },
    },
    options.pretty === true ? prettyLines(sink) : sink,
  );
  return new PinoLogger({ lines, urgent: () => output.flush(), traceId: options.traceId }, {});
}

/** As pino's own, but under load the many lines of one millisecond share the text of their time. */
function isoTime(): () => string {
  let time = Number.NaN;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== time) {
      time = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

/** A logger whose level may change, for its children too. */
export interface AdjustableLogger extends Logger {
  setLevel(level: string): void;
}

type PlainValue = string | number | boolean;

/** The part of pino that is used: objects only, never its message strings or error objects. */
type Lines = Record<Level, (line: object) => void> & {
  level: string;
  isLevelEnabled(level: Level): boolean;
};
type Level = 'debug' | 'info' | 'warn' | 'error';

interface Outlet {
  readonly lines: Lines;
  /** Lets go of everything that was written. */
  readonly urgent: () => void;
  readonly traceId: (() => string | undefined) | undefined;
}

class PinoLogger implements AdjustableLogger {
  readonly #outlet: Outlet;
  readonly #fields: LogFields;

  constructor(outlet: Outlet, fields: LogFields) {
    this.#outlet = outlet;
    this.#fields = fields;
  }

  setLevel(level: string): void {
    this.#outlet.lines.level = level;
  }

  get writesDebug(): boolean {
    return this.#outlet.lines.isLevelEnabled('debug');
  }

  debug(event: string, fields?: LogFields): void {
    this.#write('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#write('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#write('warn', event, fields);
    this.#outlet.urgent();
  }

  error(event: string, fields?: LogFields): void {
    this.#write('error', event, fields);
    this.#outlet.urgent();
  }

  with(fields: LogFields): Logger {
    return new PinoLogger(this.#outlet, plain(fields, { ...this.#fields }));
  }

  #write(level: Level, event: string, fields: LogFields = {}): void {
    const { lines, traceId } = this.#outlet;
    if (!lines.isLevelEnabled(level)) return;
    const line: Record<string, PlainValue | undefined> = { event, ...this.#fields };
    if (traceId !== undefined) line.traceId = traceId();
    lines[level](plain(fields, line));
  }
}

/**
 * The type allows plain values only, but a cast or a vendor's `any` can defeat it. An object could
 * hold anything, so it never reaches the line; only its key does, to show where the mistake is.
 */
function plain(fields: LogFields, onto: Record<string, PlainValue | undefined>): LogFields {
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined) continue;
    onto[OWN_KEYS.has(key) ? `field_${key}` : key] = plainValue(value);
  }
  return onto;
}

function plainValue(value: unknown): PlainValue {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return '[not logged]';
  return value.length <= LONGEST_FIELD ? value : `${value.slice(0, LONGEST_FIELD)}…`;
}
