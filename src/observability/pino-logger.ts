import { pino } from 'pino';
import type { LogFields, Logger } from '../domain/logger.ts';
import { type LineSink, prettyLines } from './pretty-lines.ts';

/** Longer strings are cut: whatever they are, they are not what a log field is for. */
const LONGEST_FIELD = 1024;
/** What every line has already: a field of the same name would stand in it twice. */
const OWN_KEYS: ReadonlySet<string> = new Set(['level', 'time', 'event']);

export interface LoggerOptions {
  /** The least level that is written: trace, debug, info, warn, error, fatal or silent. */
  readonly level: string;
  /** Default: standard output. */
  readonly stream?: LineSink;
  /** Lines for a person at a terminal instead of JSON. */
  readonly pretty?: boolean;
}

/** A logger that writes one JSON object per line: `level`, `time` (ISO 8601, UTC), `event`, fields. */
export function createLogger(options: LoggerOptions): Logger {
  const sink = options.stream ?? process.stdout;
  const lines = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.pretty === true ? prettyLines(sink) : sink,
  );
  return new PinoLogger(lines, {});
}

/** The part of pino that is used: objects only, never its message strings or error objects. */
type Lines = Record<'debug' | 'info' | 'warn' | 'error', (line: object) => void>;

class PinoLogger implements Logger {
  readonly #lines: Lines;
  readonly #fields: LogFields;

  constructor(lines: Lines, fields: LogFields) {
    this.#lines = lines;
    this.#fields = fields;
  }

  debug(event: string, fields?: LogFields): void {
    this.#lines.debug(this.#line(event, fields));
  }

  info(event: string, fields?: LogFields): void {
    this.#lines.info(this.#line(event, fields));
  }

  warn(event: string, fields?: LogFields): void {
    this.#lines.warn(this.#line(event, fields));
  }

  error(event: string, fields?: LogFields): void {
    this.#lines.error(this.#line(event, fields));
  }

  with(fields: LogFields): Logger {
    return new PinoLogger(this.#lines, { ...this.#fields, ...plain(fields) });
  }

  #line(event: string, fields: LogFields = {}): object {
    return { event, ...this.#fields, ...plain(fields) };
  }
}

/**
 * The type allows plain values only, but a cast or a vendor's `any` can defeat it. An object could
 * hold anything, so it never reaches the line; only its key does, to show where the mistake is.
 */
function plain(fields: LogFields): LogFields {
  const kept: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    kept[OWN_KEYS.has(key) ? `field_${key}` : key] = plainValue(value);
  }
  return kept;
}

function plainValue(value: unknown): string | number | boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return '[not logged]';
  return value.length <= LONGEST_FIELD ? value : `${value.slice(0, LONGEST_FIELD)}…`;
}
