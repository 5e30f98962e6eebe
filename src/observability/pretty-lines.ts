/** Where lines go; process.stdout and any other Writable will do. */
export interface LineSink {
  write(line: string): unknown;
}

/** Values that can stand without quotes and still show where they end. */
const BARE = /^[\w.:/@+-]+$/;
/** Control characters that JSON leaves as they are. */
const HIGH_CONTROLS = /[\u007f-\u009f]/g;

/** Turns each JSON line of the log into `12:00:00.000 info  event key=value …` for `sink`. */
export function prettyLines(sink: LineSink): LineSink {
  return { write: (line) => sink.write(`${prettyLine(line)}\n`) };
}

function prettyLine(line: string): string {
  const { level, time, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clockTime = String(time).slice(11, 23);
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
  return `${clockTime} ${String(level).padEnd(5)} ${event}${rest.join('')}`;
}

function shown(value: unknown): string {
  const text = String(value);
  // Control characters are escaped, so that no value can move a terminal's cursor.
  return BARE.test(text) ? text : JSON.stringify(text).replace(HIGH_CONTROLS, '\\ufffd');
}
