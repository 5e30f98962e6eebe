import type { AuditKeys } from '../audit-keys.ts';
import type { AuditLine } from '../audit-line.ts';
import type { Finding, Place } from './finding.ts';
import { movedRuns } from './in-order.ts';
import { Segment } from './segment.ts';

/** What is known of one process after all files were read. */
export interface ChainSummary {
  readonly instance: string;
  readonly lines: number;
  /** Times of its first and last line here. */
  readonly from: string;
  readonly to: string;
  /** As its first line says, where that is here. */
  readonly host: string | undefined;
}

interface Torn {
  readonly place: Place;
  /** The number of the last line before it in the same file; 0 where there is none. */
  readonly after: number;
}

/** Checks the lines of one process, in whatever files they are and whatever lies between them. */
export class ChainCheck {
  readonly #instance: string;
  readonly #keys: ReadonlyMap<string, AuditKeys>;
  readonly #segments: Segment[] = [];
  /** In the order of their numbers, none of which is there twice. */
  readonly #inPlace: Segment[] = [];
  readonly #torn: Torn[] = [];
  readonly #findings: Finding[] = [];
  #open: Segment | undefined;
  #openTorn: Torn | undefined;
  #host: string | undefined;
  readonly #missingKeys = new Set<string>();

  constructor(instance: string, keys: ReadonlyMap<string, AuditKeys>) {
    this.#instance = instance;
    this.#keys = keys;
  }

  /** The lines of one file come in their order. */
  line(line: AuditLine, place: Place): void {
    if (!this.#keys.has(line.key) && !this.#missingKeys.has(line.key)) {
      this.#missingKeys.add(line.key);
      this.#find('unknown_key', place, line.seq, `the key ${line.key} was not given`);
    }
    if (line.event === 'lost') this.#lost(line, place);
    if (line.event === 'started') this.#host = /,"host":"([^"]*)"/.exec(line.body)?.[1];
    this.#afterTorn(line);
    if (this.#open !== undefined && line.seq === this.#open.last.seq + 1) {
      if (!this.#open.add(line, place)) this.#altered(line, place);
      return;
    }
    this.#open = new Segment(line, place, this.#keys);
    this.#segments.push(this.#open);
    if (!this.#open.firstHolds) this.#altered(line, place);
  }

  /** A line of which only the beginning is there. */
  torn(place: Place): void {
    this.#openTorn = { place, after: this.#open?.last.seq ?? 0 };
  }

  endOfFile(): void {
    if (this.#openTorn !== undefined) this.#torn.push(this.#openTorn);
    this.#openTorn = undefined;
    this.#open = undefined;
  }

  findings(): readonly Finding[] {
    this.#join();
    this.#order();
    for (const torn of this.#torn) this.#judgeTorn(torn, this.#firstAt(torn.after + 1));
    return this.#findings;
  }

  summary(): ChainSummary | undefined {
    const [first] = this.#bySeq();
    const last = this.#bySeq().at(-1);
    if (first === undefined || last === undefined) return undefined;
    const lines = this.#segments.reduce((sum, segment) => sum + segment.lines, 0);
    const [from, to] = [first.first.time, last.last.time];
    return { instance: this.#instance, lines, from, to, host: this.#host };
  }

  /** Joins what lies in several places, and finds what is not there. */
  #join(): void {
    let before: Segment | undefined;
    for (const segment of this.#bySeq()) {
      const { first, firstPlace } = segment;
      const next = (before?.last.seq ?? 0) + 1;
      if (before === undefined) {
        if (first.seq > 1) this.#withoutStart(segment);
      } else if (first.seq > next) {
        const where = `${missingText(next, first.seq)} after ${placeText(before.lastPlace)}`;
        this.#find('missing', firstPlace, first.seq, where + blindText(segment));
      } else if (first.seq < next) {
        this.#repeated(segment, before);
        continue;
      } else if ((segment.hangs || segment.firstHolds) && !before.isFollowedBy(segment)) {
        this.#altered(first, firstPlace);
      }
      this.#inPlace.push(segment);
      before = segment;
    }
    if (before !== undefined && before.last.event !== 'stopped') {
      this.#find('no_stop', before.lastPlace, before.last.seq, '');
    }
  }

  #withoutStart(segment: Segment): void {
    const { first, firstPlace, hangs, lines } = segment;
    const kind = hangs && lines === 1 ? 'altered' : 'no_start';
    const detail = missingText(1, first.seq) + blindText(segment);
    this.#find(kind, firstPlace, first.seq, detail);
  }

  #repeated({ first, firstPlace, lines }: Segment, { firstPlace: other }: Segment): void {
    const more = lines === 1 ? '' : `, and ${lines - 1} after it`;
    const detail = `is there a second time, beside what begins at ${placeText(other)}${more}`;
    this.#find('repeated', firstPlace, first.seq, detail);
  }

  /** A process writes one file after the other, each in order: what stands otherwise was moved. */
  #order(): void {
    const moved = new Set(byFile(this.#segments).flatMap(movedRuns));
    for (const visits of byFile(visitsOf(this.#inPlace.filter((one) => !moved.has(one))))) {
      const longest = visits.reduce((most, visit) => (visit.lines > most.lines ? visit : most));
      for (const { segments } of visits.filter((visit) => visit !== longest)) {
        for (const segment of segments) moved.add(segment);
      }
    }
    for (const { first, firstPlace, lines } of moved) {
      const more = lines === 1 ? '' : `with ${lines - 1} lines after it`;
      this.#find('moved', firstPlace, first.seq, more);
    }
  }

  /** The line after one that was torn tells why: the writer itself says so when it can write again. */
  #afterTorn(line: AuditLine): void {
    const torn = this.#openTorn;
    if (torn === undefined) return;
    this.#openTorn = undefined;
    this.#judgeTorn(torn, line);
  }

  #judgeTorn({ place, after }: Torn, next: AuditLine | undefined): void {
    const resumed = next !== undefined && RESUMING.has(next.event);
    const seq = after === 0 ? undefined : after + 1;
    if (next === undefined || resumed) this.#find('torn', place, seq, '');
    else this.#find('altered', place, seq, 'lines of the same process follow it');
  }

  #lost({ body, seq }: AuditLine, place: Place): void {
    const count = /,"count":(\d+)/.exec(body)?.[1] ?? 'some';
    this.#find('lost', place, seq, `${count} decisions could not be written before it`);
  }

  #altered({ seq }: AuditLine, place: Place): void {
    this.#find('altered', place, seq, 'its tag is not of this text in this place');
  }

  #find(kind: Finding['kind'], place: Place, seq: number | undefined, detail: string): void {
    this.#findings.push({ kind, place, instance: this.#instance, seq, detail });
  }

  #firstAt(seq: number): AuditLine | undefined {
    const segment = this.#segments.find(({ first, last }) => first.seq <= seq && seq <= last.seq);
    return segment?.first.seq === seq ? segment.first : segment?.last;
  }

  #bySeq(): readonly Segment[] {
    return this.#segments.toSorted((a, b) => a.first.seq - b.first.seq || b.lines - a.lines);
  }
}

/** What a writer says first when it can write again. */
const RESUMING: ReadonlySet<string> = new Set(['lost', 'reopened', 'rekeyed']);

/** Segments of one file that no other file comes between, by their numbers. */
interface Visit {
  readonly file: string;
  readonly segments: Segment[];
  lines: number;
}

function visitsOf(segments: readonly Segment[]): readonly Visit[] {
  const visits: Visit[] = [];
  for (const segment of segments) {
    const last = visits.at(-1);
    if (last?.file === segment.file) {
      last.segments.push(segment);
      last.lines += segment.lines;
    } else visits.push({ file: segment.file, segments: [segment], lines: segment.lines });
  }
  return visits;
}

function byFile<Item extends { readonly file: string }>(items: readonly Item[]): readonly Item[][] {
  return [...Map.groupBy(items, ({ file }) => file).values()];
}

export function placeText({ file, line }: Place): string {
  return `${file}:${line}`;
}

/** `from` to the number before `until`. */
function missingText(from: number, until: number): string {
  return until - from === 1
    ? `number ${from} is missing`
    : `numbers ${from} to ${until - 1} are missing`;
}

/** What follows a line vouches for its tag alone. */
function blindText({ hangs }: Segment): string {
  return hangs ? '; the line itself cannot be checked without what is missing' : '';
}
