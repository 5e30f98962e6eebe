/** A line of a file; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What speaks against the lines, as they lie in the files that were given. */
export type FindingKind =
  /** Its tag is not of its text, or it is no line of the audit at all. */
  | 'altered'
  /** Numbers of a chain are not there, between two that are. */
  | 'missing'
  /** It stands before or after lines that were written the other way round. */
  | 'moved'
  /** Its number is there more than once. */
  | 'repeated'
  /** Its key was not given. */
  | 'unknown_key'
  /** The beginning of the chain is not there: older files, or lines that were cut off. */
  | 'no_start'
  /** The process was killed, still runs, or lines were cut off. */
  | 'no_stop'
  /** Only its beginning was written: the process was killed, or the disk was full. */
  | 'torn'
  /** The service itself says that decisions could not be written. */
  | 'lost'
  /** The file holds nothing: it was emptied, or nothing was written to it yet. */
  | 'empty';

export interface Finding {
  readonly kind: FindingKind;
  readonly place: Place;
  /** Undefined for what cannot be read. */
  readonly instance: string | undefined;
  readonly seq: number | undefined;
  /** More of it, in words that follow the kind. */
  readonly detail: string;
}

/** What no process that writes its audit, is killed and rotated ever leaves behind. */
const MANIPULATED: ReadonlySet<FindingKind> = new Set([
  'altered',
  'missing',
  'moved',
  'repeated',
  'unknown_key',
]);

/** Whether somebody has had a hand in it; otherwise the account is only incomplete. */
export function isManipulation({ kind }: Finding): boolean {
  return MANIPULATED.has(kind);
}
