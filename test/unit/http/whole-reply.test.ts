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

    reply.giveUp('TIMEOUT');
    reply.onRequestStart(late);

    expect(late.aborted).toBe(true);
    await expect(reply.whole).rejects.toMatchObject({
      name: 'TransportFault',
      sent: false,
      code: 'TIMEOUT',
    });
  });

  it('keeps of an error nothing but its code', async () => {
    const codeAfter = async (error: Error) => {
      const reply = new WholeReply(1_000);
      reply.onResponseError(new Try(), error);
      const fault = await reply.whole.catch((thrown: unknown) => thrown);
      expect(JSON.stringify(fault)).not.toContain('planted');
      return Object(fault).code;
    };
    const refused = Object.assign(new Error('planted'), { code: 'ECONNREFUSED' });
    const odd = Object.assign(new Error('planted'), { code: 'planted words' });

    expect(await codeAfter(refused)).toBe('ECONNREFUSED');
    expect(await codeAfter(odd)).toBe('UNKNOWN');
  });
});
