import type { AuditLog, AuditSubject, Decision } from '../../../src/domain/audit.ts';

/** Keeps decisions in memory, and fails to write them when the test says so. */
export class MemoryAuditLog implements AuditLog {
  required = false;
  writable = true;
  keyId = 'memory';
  readonly decisions: Decision[] = [];
  #waiting: (() => void)[] = [];

  describe({ accessToken, ...subject }: AuditSubject): string {
    const token = accessToken && 'a token';
    return JSON.stringify({ ...subject, token });
  }

  record(decision: Decision, settled: (written: boolean) => void): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#endOfTurn());
    this.#waiting.push(() => {
      if (this.writable) this.decisions.push(decision);
      settled(this.writable);
    });
  }

  #endOfTurn(): void {
    for (const settle of this.#waiting.splice(0)) settle();
  }
}
