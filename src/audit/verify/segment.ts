import type { AuditKeys } from '../audit-keys.ts';
import type { AuditLine } from '../audit-line.ts';
import type { Place } from './finding.ts';

/** Lines of one chain that follow each other in one file without a gap. */
export class Segment {
  readonly first: AuditLine;
  readonly firstPlace: Place;
  last: AuditLine;
  lastPlace: Place;
  /** Whether its first line hangs on one that is not here, and waits for it to be checked. */
  readonly hangs: boolean;
  readonly #keys: ReadonlyMap<string, AuditKeys>;
  /** Of the last line; undefined where that cannot be known. */
  #key: string | undefined;
  /** The tags that the next line may hang on: two where it is not known what of a line was altered. */
  #tags: readonly string[];
  readonly #firstHolds: boolean;

  /** @param keys by their ids; lines of others cannot be checked */
  constructor(line: AuditLine, place: Place, keys: ReadonlyMap<string, AuditKeys>) {
    this.first = line;
    this.last = line;
    this.firstPlace = place;
    this.lastPlace = place;
    this.#keys = keys;
    const previous = ownPrevious(line);
    this.hangs = previous === undefined;
    this.#tags = [line.tag];
    this.#key = keys.has(line.key) ? line.key : undefined;
    this.#firstHolds = previous === undefined || this.#follows([previous], line);
  }

  /** Whether the first line is what was written, as far as it says itself what it hangs on. */
  get firstHolds(): boolean {
    return this.#firstHolds;
  }

  get file(): string {
    return this.firstPlace.file;
  }

  get lines(): number {
    return this.last.seq - this.first.seq + 1;
  }

  /** Takes the line with the next number. @returns whether it is what was written */
  add(line: AuditLine, place: Place): boolean {
    const before = this.#tags;
    this.last = line;
    this.lastPlace = place;
    return this.#follows(before, line);
  }

  /** Whether the first line of `next` hangs on the last of this. */
  isFollowedBy(next: Segment): boolean {
    const keys = this.#keys.get(next.first.key);
    if (keys === undefined) return true;
    const hangs = this.#tags.some((tag) => isTagged(keys, tag, next.first));
    return hangs && this.#mayBeOfKey(next.first);
  }

  #follows(tags: readonly string[], line: AuditLine): boolean {
    const keys = this.#keys.get(line.key);
    if (keys === undefined) {
      this.#tags = [line.tag];
      this.#key = undefined;
      return true;
    }
    const hangs = tags.some((tag) => isTagged(keys, tag, line));
    const holds = hangs && this.#mayBeOfKey(line);
    // If its tag was changed and nothing else, the next line hangs on the one that it should have.
    const meant = holds ? [] : tags.map((tag) => keys.tag(tag, line.body));
    this.#tags = [line.tag, ...meant.slice(0, 1)];
    // One that was edited may have had another key.
    if (hangs || this.#mayBeOfKey(line)) this.#key = line.key;
    return holds;
  }

  /** A chain goes on with another key only from a line on that says so. */
  #mayBeOfKey(line: AuditLine): boolean {
    return this.#key === undefined || line.key === this.#key || previousKey(line) === this.#key;
  }
}

function isTagged(keys: AuditKeys, previous: string, { body, tag }: AuditLine): boolean {
  return keys.tag(previous, body) === tag;
}

/** The key of the line before, as a line says that is of another one. */
function previousKey({ event, body }: AuditLine): string | undefined {
  if (event !== 'rekeyed' && event !== 'reopened') return undefined;
  return /,"previousKey":"([\w-]{8})"/.exec(body)?.[1];
}

/** The tag that a line itself says it hangs on: none for the first, the one before for another file or key. */
function ownPrevious({ seq, event, body }: AuditLine): string | undefined {
  if (seq === 1) return '';
  if (event !== 'reopened' && event !== 'rekeyed') return undefined;
  return /,"previous":"([\w-]{0,43})"$/.exec(body)?.[1];
}
