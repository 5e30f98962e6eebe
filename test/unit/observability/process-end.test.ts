import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { processEnd } from '../../../src/observability/process-end.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';

function arrange() {
  const signals = new EventEmitter();
  const logger = new RecordingLogger();
  const endAtOnce = () => undefined;
  const ended = processEnd({ signals, clock: new ManualClock(), logger, endAtOnce });
  return { signals, logger, ended };
}

describe('the end of a server process', () => {
  it('comes with a signal', async () => {
    const { signals, logger, ended } = arrange();
    signals.emit('SIGTERM');
    expect(await ended).toEqual({ kind: 'signal', signal: 'SIGTERM' });
    expect(logger.lines).toEqual([]);
  });

  it.each(['uncaughtException', 'unhandledRejection'])('comes with an %s', async (origin) => {
    const { signals, logger, ended } = arrange();
    signals.emit(origin, new TypeError('a planted secret'));
    expect(await ended).toEqual({ kind: 'uncaught_error' });
    expect(logger.lines).toMatchObject([
      { level: 'error', event: 'uncaught_error', origin, error: 'TypeError' },
    ]);
    expect(logger.lines[0]?.stack).toContain('process-end.test.ts');
    expect(logger.text()).not.toContain('planted');
  });

  it('may be thrown for by something that is no error', async () => {
    const { signals, logger, ended } = arrange();
    signals.emit('unhandledRejection', 'a planted secret');
    expect(await ended).toEqual({ kind: 'uncaught_error' });
    expect(logger.lines).toMatchObject([{ event: 'uncaught_error', error: 'string' }]);
  });

  it('logs the first errors of many', () => {
    const { signals, logger } = arrange();
    for (let turn = 0; turn < 1_000; turn += 1) signals.emit('uncaughtException', new Error('x'));
    expect(logger.lines).toHaveLength(10);
  });
});
