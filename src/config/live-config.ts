import type { Alerts } from '../domain/alerts.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import { Secret } from '../domain/secret.ts';
import { StartupProblems, UnprovenChange } from '../domain/startup-problems.ts';
import { unexpectedErrorFields } from '../domain/unexpected-error.ts';
import { FileWatch, type FileWatchPorts } from '../observability/file-watch.ts';
import { type ConfigSources, configFileOf, type LoadedConfig } from './load-config.ts';

/** Text by path; undefined where a file cannot be read. */
type Texts = ReadonlyMap<string, Secret | undefined>;

/** Files that are only right together, such as a certificate and its key. */
interface Part {
  readonly name: string;
  readonly files: readonly string[];
}

export interface LiveConfigPorts extends FileWatchPorts {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
}

interface Follower<Value> {
  readonly ports: LiveConfigPorts;
  readonly take: (value: Value) => void | Promise<void>;
}

/** A part that is not as it is in use. */
interface Change {
  readonly texts: Texts;
  readonly refused: boolean;
  /** Monotonic; when what was refused is tried once more. */
  readonly againAt?: number | undefined;
}

/** The time between two trials of a change that a trial did not prove. */
const TRY_AGAIN_MS = 5_000;

type When = 'now' | 'when settled';

/** The part that is the configuration file itself. */
const CONFIG_FILE = 'file';

/**
 * A configuration that follows its files. Each part is parsed, checked and taken in whole, or
 * refused with an alert while the last good one stays: a part that is broken keeps no other back.
 */
export class LiveConfig<Value> {
  readonly #read: (sources: ConfigSources) => LoadedConfig<Value>;
  readonly #sources: ConfigSources;
  readonly #started: LoadedConfig<Value>;
  #current: LoadedConfig<Value>;
  #texts: Texts = new Map();
  /** The look under way, which the next one waits for. */
  #turn: Promise<unknown> = Promise.resolve();
  #following: { readonly using: Follower<Value>; readonly watch: FileWatch } | undefined;
  /** How a part that had changed was when it was last looked at. */
  readonly #changes = new Map<string, Change>();

  /** @throws ConfigProblems */
  constructor(read: (sources: ConfigSources) => LoadedConfig<Value>, sources: ConfigSources) {
    this.#read = read;
    this.#sources = sources;
    const { loaded, texts } = this.#load(new Map());
    this.#started = loaded;
    this.#current = loaded;
    this.#texts = texts;
  }

  get value(): Value {
    return this.#current.value;
  }

  /**
   * Follows the files until `stop`. `take` is given each new configuration; what it throws refuses
   * that one.
   */
  follow(ports: LiveConfigPorts, take: Follower<Value>['take']): void {
    const using = { ports, take };
    const watch = new FileWatch(ports, async () => {
      const unsettled = await this.#inTurn(() => this.#look(using, 'when settled'));
      watch.follow(this.#parts().flatMap(({ files }) => files));
      return unsettled ? 'unsettled' : 'settled';
    });
    this.#following = { using, watch };
    watch.start();
  }

  /** Takes at once whatever is there, and says again what is wrong. Before `follow` it does nothing. */
  async lookNow(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#following === undefined) return;
      const { using } = this.#following;
      await this.#look(using, 'now');
      this.#sayWhatNeedsRestart(using.ports.logger);
    });
  }

  stop(): void {
    this.#following?.watch.stop();
    this.#following = undefined;
  }

  /** One look at a time: taking something in may take a while. */
  #inTurn<Result>(look: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(look);
    this.#turn = turn;
    return turn;
  }

  /** The configuration file first, because it names the others. @returns whether to look again soon */
  async #look(using: Follower<Value>, when: When): Promise<boolean> {
    const looked = new Set<string>();
    let unsettled = false;
    for (let part = this.#parts()[0]; part !== undefined; ) {
      looked.add(part.name);
      if (await this.#lookAt(part, using, when)) unsettled = true;
      part = this.#parts().find(({ name }) => !looked.has(name));
    }
    return unsettled;
  }

  async #lookAt(part: Part, using: Follower<Value>, when: When): Promise<boolean> {
    const texts = this.#textsOf(part);
    const before = this.#changes.get(part.name);
    if (same(texts, this.#texts)) {
      this.#changes.delete(part.name);
      return false;
    }
    const settled = before !== undefined && same(texts, before.texts);
    if (when === 'when settled') {
      const isDue = using.ports.clock.monotonic() >= (before?.againAt ?? Infinity);
      if (settled && before.refused && !isDue) return false;
      if (!settled) {
        // It may be half-written, or one half of a pair.
        this.#changes.set(part.name, { texts, refused: false });
        return true;
      }
    }
    const isKnown = settled && before.refused && when === 'when settled';
    const error = await this.#take(part, texts, using);
    const refused = error !== undefined;
    if (refused && !isKnown) this.#sayRefused(part, error, using.ports);
    const againAt =
      error instanceof UnprovenChange ? using.ports.clock.monotonic() + TRY_AGAIN_MS : undefined;
    this.#changes.set(part.name, { texts, refused, againAt });
    // `lookNow` says it in any case.
    const unsaid = part.name === CONFIG_FILE && when === 'when settled';
    if (!refused && unsaid) this.#sayWhatNeedsRestart(using.ports.logger);
    return false;
  }

  /** @returns why the part is not in use now */
  async #take(
    { name: part }: Part,
    fresh: Texts,
    { ports, take }: Follower<Value>,
  ): Promise<Error | undefined> {
    const { logger, metrics } = ports;
    try {
      const { loaded, texts } = this.#load(fresh);
      await take(loaded.value);
      this.#current = loaded;
      this.#texts = texts;
      logger.info('config_taken', { part });
      metrics.count('tokenvault_config_reloads_total', { part, outcome: 'taken' });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error('not an error');
    }
  }

  #sayRefused(
    { name: part }: Part,
    error: Error,
    { logger, metrics, alerts }: LiveConfigPorts,
  ): void {
    const problems = error instanceof StartupProblems ? error.problems : [];
    for (const problem of problems) logger.warn('config_problem', { part, problem });
    const defect = problems.length === 0 ? unexpectedErrorFields(error) : {};
    alerts.raise('config_refused', { part, problems: problems.length, ...defect });
    metrics.count('tokenvault_config_reloads_total', { part, outcome: 'refused' });
  }

  /** Reads the configuration with `fresh` files, and all others as they were when last good. */
  #load(fresh: Texts): { readonly loaded: LoadedConfig<Value>; readonly texts: Texts } {
    const texts = new Map<string, Secret>();
    const readFile = (path: string) => {
      const known = fresh.has(path) ? fresh.get(path) : this.#texts.get(path);
      // Read again where it could not be, so that the problem says why.
      const text = known ?? new Secret(this.#sources.readFile(path));
      texts.set(path, text);
      return text.reveal();
    };
    return { loaded: this.#read({ ...this.#sources, readFile }), texts };
  }

  #parts(): readonly Part[] {
    const file = configFileOf(this.#sources);
    const parts = new Map(file === undefined ? [] : [[CONFIG_FILE, [file]]]);
    for (const { key, file: path, doc } of this.#current.settings) {
      if (path === undefined || !doc.reloads) continue;
      const name = key.slice(0, key.lastIndexOf('.'));
      parts.set(name, [...(parts.get(name) ?? []), path]);
    }
    return [...parts].map(([name, files]) => ({ name, files }));
  }

  #textsOf({ files }: Part): Texts {
    return new Map(files.map((path) => [path, this.#textOf(path)]));
  }

  #textOf(path: string): Secret | undefined {
    try {
      return new Secret(this.#sources.readFile(path));
    } catch {
      // Told when the part is judged: the file may be on its way.
      return undefined;
    }
  }

  /** Keys whose value is another one by now than that which the process started with. */
  #sayWhatNeedsRestart(logger: Logger): void {
    const started = new Map(this.#started.settings.map(({ key, value }) => [key, value]));
    const changed = this.#current.settings.filter(
      ({ key, value, doc }) =>
        !doc.reloads && JSON.stringify(value) !== JSON.stringify(started.get(key)),
    );
    if (changed.length === 0) return;
    logger.warn('config_needs_restart', { keys: changed.map(({ key }) => key).join(', ') });
  }
}

/** Whether `texts` has of each of its files what `others` has. */
function same(texts: Texts, others: Texts): boolean {
  return [...texts].every(([path, text]) => {
    const other = others.get(path);
    return text === undefined
      ? other === undefined && others.has(path)
      : other?.equals(text) === true;
  });
}
