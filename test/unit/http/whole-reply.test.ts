import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { WholeReply } from '../../../src/http/whole-reply.ts';

/** One try of undici to send a request, and whether it was told to leave it. */
class Try implements Dispatcher.DispatchController {
  paused = false;
  reason: Error | null = null;

  get aborted(): boolean {
    return this.reason !== null;
  }

  abort(reason: Error): void {
    this.reason = reason;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

describe('WholeReply', () => {
  it('stops undici from sending a request a second time, and takes the first answer', async () => {
    const reply = new WholeReply(1_000);
    const [first, second] = [new Try(), new Try()];

    reply.onRequestStart(first);
    reply.onRequestStart(second);

    expect([first.aborted, second.aborted]).toEqual([false, true]);
    reply.onResponseStart(first, 200, {});
    reply.onResponseEnd();
    expect(await reply.whole).toMatchObject({ status: 200 });
  });

  it('stops undici from sending a request that was given up', async () => {
    const reply = new WholeReply(1_000);
    const late = new Try();

    reply.giveUp();
    reply.onRequestStart(late);

    expect(late.aborted).toBe(true);
    await expect(reply.whole).rejects.toMatchObject({ name: 'TransportFault', sent: false });
  });
});
