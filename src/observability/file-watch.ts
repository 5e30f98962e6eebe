import { dirname } from 'node:path';
import type { Cancel, Clock } from '../domain/clock.ts';

/** However the system tells of files: also without a word of it, a change is found so soon. */
const POLL_MS = 1_000;
/** What is changed is looked at once more, this long after. */
const SETTLE_MS = 100;

/** Tells that something in a folder may have changed; a hint, which may also never come. */
export type WatchFolder = (folder: string, changed: () => void) => Cancel;

export interface FileWatchPorts {
  readonly clock: Clock;
  readonly watchFolder: WatchFolder;
}

/**
 * Calls `look` each second, and soon after the system has hinted at a change. Folders are watched,
 * not files: writers replace a file by renaming another one over it, and Kubernetes replaces the
 * link `..data` beside all of them.
 */
export class FileWatch {
  readonly #ports: FileWatchPorts;
  readonly #look: () => Promise<'settled' | 'unsettled'>;
  readonly #folders = new Map<string, Cancel>();
  #next: { readonly at: number; readonly cancel: Cancel } | undefined;
  #stopped = false;

  /** @param look says whether it saw a change that it wants to see once more */
  constructor(ports: FileWatchPorts, look: () => Promise<'settled' | 'unsettled'>) {
    this.#ports = ports;
    this.#look = look;
  }

  /** Watches the folders of these files, and no longer those of others. */
  follow(files: readonly string[]): void {
    const folders = new Set(files.map((file) => dirname(file)));
    for (const [folder, cancel] of this.#folders) {
      if (folders.has(folder)) continue;
      cancel();
      this.#folders.delete(folder);
    }
    for (const folder of folders) {
      if (this.#folders.has(folder)) continue;
      const changed = () => this.#lookWithin(SETTLE_MS);
      this.#folders.set(folder, this.#ports.watchFolder(folder, changed));
    }
  }

  start(): void {
    this.#lookWithin(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.cancel();
    this.follow([]);
  }

  /** A look that is due earlier stays. */
  #lookWithin(ms: number): void {
    const { clock } = this.#ports;
    const at = clock.monotonic() + ms;
    if (this.#stopped || (this.#next !== undefined && this.#next.at <= at)) return;
    this.#next?.cancel();
    const cancel = clock.schedule(ms, () => void this.#lookAndGoOn());
    this.#next = { at, cancel };
  }

  async #lookAndGoOn(): Promise<void> {
    this.#next = undefined;
    let seen: 'settled' | 'unsettled' = 'settled';
    try {
      seen = await this.#look();
    } finally {
      this.#lookWithin(seen === 'unsettled' ? SETTLE_MS : POLL_MS);
    }
  }
}
