import type { Clock } from '../domain/clock.ts';
import { FileWatch, type WatchFolder } from '../observability/file-watch.ts';
import { type Files, type FileTexts, type ReadFile, readTexts } from './read-credentials.ts';

export interface FollowPorts {
  readonly clock: Clock;
  readonly readFile: ReadFile;
  readonly watchFolder: WatchFolder;
  /**
   * Told what is wrong with files that were replaced, once, or again where it throws; the last good ones
   * stay in use.
   */
  readonly onWarning: (warning: string) => void;
}

/** What becomes of files that were replaced: a sentence says why they are not taken. */
export type TakeTexts = (texts: FileTexts) => Promise<string | undefined>;

/** At which look after a change files that are still not good are spoken of: a writer may be slow. */
const PATIENT_LOOKS = 2;
/** Good files that no connection came of are tried again each time so many looks later. */
const LOOKS_BETWEEN_TRIALS = 5;

/**
 * Files of a connection that belong together, read again when they change. They are taken together,
 * and only where they are good and two looks have found them the same: while a writer is at it, a new
 * certificate stands beside the old key.
 */
export class FollowedFiles {
  readonly #files: Files;
  readonly #ports: FollowPorts;
  readonly #watch: FileWatch;
  #inUse: FileTexts;
  #seen: FileTexts;
  #told = '';
  /** Since the last change. */
  #looks = 0;
  readonly #take: TakeTexts;

  /** @param use what was read of the files, and is good, and what becomes of what is read later */
  constructor(
    files: Files,
    use: { readonly first: FileTexts; readonly take: TakeTexts },
    ports: FollowPorts,
  ) {
    this.#files = files;
    this.#ports = ports;
    this.#inUse = use.first;
    this.#seen = use.first;
    this.#take = use.take;
    this.#watch = new FileWatch(ports, () => this.#look());
    this.#watch.follow([...files.values()]);
    if (files.size > 0) this.#watch.start();
  }

  stop(): void {
    this.#watch.stop();
  }

  async #look(): Promise<'settled' | 'unsettled'> {
    const { texts, problems } = readTexts(this.#files, this.#ports.readFile);
    if (!isSame(texts, this.#seen)) {
      this.#seen = texts;
      this.#looks = 0;
      return 'unsettled';
    }
    this.#looks += 1;
    if (isSame(texts, this.#inUse)) this.#told = '';
    else if (problems.length === 0) await this.#try(texts);
    else if (this.#looks >= PATIENT_LOOKS) this.#tell(problems.join('\n'));
    return 'settled';
  }

  async #try(texts: FileTexts): Promise<void> {
    if ((this.#looks - 1) % LOOKS_BETWEEN_TRIALS > 0) return;
    const refusal = await this.#take(texts);
    if (refusal === undefined) {
      this.#inUse = texts;
      this.#told = '';
      return;
    }
    this.#tell(refusal);
  }

  #tell(warning: string): void {
    if (warning === this.#told) return;
    try {
      this.#ports.onWarning(`${warning} The files from before stay in use.`);
      this.#told = warning;
    } catch {
      // What is wrong with the user's logger is no matter of the files: it is told again until it is taken.
      this.#told = '';
    }
  }
}

function isSame(one: FileTexts, other: FileTexts): boolean {
  const names = Object.keys({ ...one, ...other }) as (keyof FileTexts)[];
  return names.every((name) => one[name] === other[name]);
}
