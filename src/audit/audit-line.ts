/** What every line begins with, in this order. */
export interface LineHead {
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** Random, one for each start of a process: 32 hex digits. */
  readonly instance: string;
  /** Which audit key its tags and hashes are made with. */
  readonly key: string;
  /** From 1 on, without a gap. */
  readonly seq: number;
  readonly event: string;
}

/** One line as it was found. */
export interface AuditLine extends LineHead {
  /** Everything up to the tag: what the tag is made of, with the tag before it. */
  readonly body: string;
  readonly tag: string;
}

// Printable ASCII alone, as it is written: whatever else a line holds would play with a terminal.
const LINE =
  /^(\{"time":"([ !#-~]{20,30})","instance":"([0-9a-f]{32})","key":"([\w-]{8})","seq":([1-9]\d{0,14}),"event":"([a-z]+)"[ -~]*),"tag":"([\w-]{43})"\}$/;
const OPENING = '{"time":"';
/** A line that is longer says its instance. */
const BEFORE_INSTANCE = 90;
const INSTANCE = /^\{"time":"[^"]*","instance":"([0-9a-f]{32})"/;

/** The line, or undefined where the text is none. */
export function parseLine(text: string): AuditLine | undefined {
  const parts = LINE.exec(text);
  if (parts === null) return undefined;
  const [, body = '', time = '', instance = '', key = '', seq, event = '', tag = ''] = parts;
  return { time, instance, key, seq: Number(seq), event, body, tag };
}

/** A line of which only the beginning was written. */
export interface TornLine {
  /** Undefined where it ends before that is said. */
  readonly instance: string | undefined;
}

/** Whether the text can be the beginning of a line that its writer did not bring to its end. */
export function parseTorn(text: string): TornLine | undefined {
  const begins = text.startsWith(OPENING) || (text !== '' && OPENING.startsWith(text));
  if (!begins || text.endsWith('"}')) return undefined;
  const instance = INSTANCE.exec(text)?.[1];
  return instance === undefined && text.length > BEFORE_INSTANCE ? undefined : { instance };
}
