import type { Appended, LineTarget } from '../../../src/audit/line-target.ts';

/** Files in memory, and a disk that takes no more than the test lets it. */
export class MemoryTarget implements LineTarget {
  /** What is in each file; the last one is written to. */
  readonly files: string[] = [''];
  /** Bytes that still fit. */
  room = Number.POSITIVE_INFINITY;
  /** What the system says where no more fits. */
  problem = 'ENOSPC';
  /** Whether the file has another name by now. */
  rotated = false;
  closed = false;
  appends = 0;
  onReopen: () => void = () => undefined;

  get text(): string {
    return this.files.at(-1) ?? '';
  }

  /** All lines of all files; what is unfinished counts as one. */
  get lines(): readonly string[] {
    return this.files.flatMap((file) => file.split('\n')).filter((line) => line !== '');
  }

  get endsMidLine(): boolean {
    return this.text !== '' && !this.text.endsWith('\n');
  }

  append(text: string): Appended {
    this.appends += 1;
    const bytes = Math.min(text.length, this.room);
    this.room -= bytes;
    this.files[this.files.length - 1] = this.text + text.slice(0, bytes);
    return bytes === text.length ? { bytes } : { bytes, problem: this.problem };
  }

  reopen(): boolean {
    this.onReopen();
    if (!this.rotated) return false;
    this.rotated = false;
    this.files.push('');
    return true;
  }

  close(): void {
    this.closed = true;
  }
}
