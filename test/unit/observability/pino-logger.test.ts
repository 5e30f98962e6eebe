import { describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../../../src/domain/logger.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { createLogger } from '../../../src/observability/pino-logger.ts';

function logged(write: (logger: Logger) => void, level = 'debug', pretty = false): string[] {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  write(createLogger({ level, stream, pretty }));
  return lines;
}

/** What a cast or a vendor's `any` could smuggle past the types. */
function smuggled(value: unknown): LogFields {
  return { value } as LogFields;
}

describe('the logger', () => {
  it('writes one JSON object per line: level, time, event, fields', () => {
    const [line = '', ...rest] = logged((logger) => logger.info('started', { port: 1, tls: true }));
    expect(rest).toEqual([]);
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      event: 'started',
      port: 1,
      tls: true,
    });
  });

  it('changes its level while it runs, also for the loggers made of it', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', stream: { write: (line) => lines.push(line) } });
    const inner = logger.with({ part: 'inner' });
    inner.debug('one');
    logger.setLevel('debug');
    inner.debug('two');
    logger.setLevel('silent');
    inner.error('three');
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(['two']);
  });

  it('adds its own fields to each line; a field of the line itself wins', () => {
    const lines = logged((logger) => {
      const inner = logger.with({ requestId: 'a', method: 'm' }).with({ method: 'n' });
      inner.warn('one');
      inner.warn('two', { requestId: 'b' });
    });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { requestId: 'a', method: 'n' },
      { requestId: 'b', method: 'n' },
    ]);
  });

  it('leaves out what is less severe than its level', () => {
    const write = (logger: Logger) => {
      logger.debug('d');
      logger.info('i');
      logger.warn('w');
      logger.error('e');
    };
    const events = (level: string) => logged(write, level).map((line) => JSON.parse(line).event);
    expect(events('debug')).toEqual(['d', 'i', 'w', 'e']);
    expect(events('warn')).toEqual(['w', 'e']);
    expect(events('silent')).toEqual([]);
  });

  it('says whether debug lines are written', () => {
    for (const [level, writes] of Object.entries({ trace: true, debug: true, info: false })) {
      expect(createLogger({ level, stream: { write: () => true } }).writesDebug).toBe(writes);
    }
  });

  it('cuts long strings', () => {
    const [line = ''] = logged((logger) => logger.info('long', { text: 'x'.repeat(5_000) }));
    expect(JSON.parse(line).text).toBe(`${'x'.repeat(1_024)}…`);
  });

  it('does not let a field stand for what the line itself says', () => {
    const [line = ''] = logged((logger) =>
      logger.info('real', { event: 'forged', level: 'error', time: 'never' }),
    );
    expect(line.match(/"level":/g)).toHaveLength(1);
    expect(JSON.parse(line)).toMatchObject({ event: 'real', level: 'info', field_level: 'error' });
  });

  it.each([
    ['a secret', new Secret('canary')],
    ['an error', new Error('canary')],
    ['an object', { token: 'canary' }],
    ['a list', ['canary']],
    ['a function', () => 'canary'],
    ['a symbol', Symbol('canary')],
    ['an object that converts itself', { toJSON: (): string => 'canary' }],
  ])('never prints what %s holds', (_name, value) => {
    for (const pretty of [false, true]) {
      const lines = logged(
        (logger) => logger.with(smuggled(value)).error('oops', smuggled(value)),
        'debug',
        pretty,
      );
      expect(lines.join()).toContain('[not logged]');
      expect(lines.join()).not.toContain('canary');
    }
  });

  it('writes lines for a terminal that no value can break', () => {
    const [line = ''] = logged(
      (logger) => logger.info('started', { port: 1, name: 'a b\n\u001b[2J\u009b2J' }),
      'info',
      true,
    );
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}started port=1 name="a b\\n\\u001b\[2J/);
    const controls = [...line].filter((character) => /\p{Cc}/u.test(character));
    expect(controls).toEqual(['\n']);
  });
});
