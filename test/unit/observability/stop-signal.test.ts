import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { stopSignal } from '../../../src/observability/stop-signal.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

describe('a stop signal', () => {
  const arrange = () => {
    const signals = new EventEmitter();
    const clock = new ManualClock();
    let ended = 0;
    const endAtOnce = () => {
      ended += 1;
    };
    const stopped = stopSignal({ signals, clock, endAtOnce });
    return { signals, clock, stopped, ended: () => ended };
  };

  it.each(['SIGTERM', 'SIGINT'])('is %s', async (name) => {
    const { signals, stopped } = arrange();
    signals.emit(name);
    expect(await stopped).toBe(name);
  });

  it('that is delivered twice counts once', async () => {
    const { signals, clock, stopped, ended } = arrange();
    signals.emit('SIGTERM');
    await stopped;
    signals.emit('SIGTERM');
    await clock.advance(999);
    signals.emit('SIGTERM');
    expect(ended()).toBe(0);
  });

  it('that is repeated later ends the process at once', async () => {
    const { signals, clock, stopped, ended } = arrange();
    signals.emit('SIGTERM');
    await stopped;
    await clock.advance(1_000);
    signals.emit('SIGINT');
    await settle();
    expect(ended()).toBe(1);
  });
});
