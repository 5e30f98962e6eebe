import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { LogFields } from '../../src/domain/logger.ts';
import { Secret } from '../../src/domain/secret.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';

const CANARY = 'ya29.canary-of-the-secrecy-test';
const secret = new Secret(CANARY);

class Holder {
  readonly token = secret;
  readonly #hidden = secret;
  get hidden(): Secret {
    return this.#hidden;
  }
}

/** Every kind of thing that a secret may lie in when somebody prints it. */
const CONTAINERS: readonly (readonly [string, unknown])[] = [
  ['the secret itself', secret],
  ['an object', { token: secret }],
  ['a deep object', { a: { b: { c: { d: { token: secret } } } } }],
  ['a list', [secret, [secret]]],
  [
    'a map',
    new Map<unknown, unknown>([
      ['token', secret],
      [secret, 'key'],
    ]),
  ],
  ['a set', new Set([secret])],
  ['a class', new Holder()],
  ['the cause of an error', new Error('failed', { cause: secret })],
  ['the cause of a cause', new Error('a', { cause: new Error('b', { cause: { secret } }) })],
  ['a field of an error', Object.assign(new Error('failed'), { request: { token: secret } })],
  ['an error of many', new AggregateError([Object.assign(new Error('x'), { secret })], 'many')],
  ['the cause put onto a failure', Object.assign(new Failure('INTERNAL'), { cause: secret })],
  ['a promise', Promise.resolve(secret)],
  ['a proxy', new Proxy({ token: secret }, {})],
];

const PRINTERS: readonly (readonly [string, (value: unknown) => string])[] = [
  ['util.inspect', (value) => inspect(value, { depth: Number.POSITIVE_INFINITY })],
  [
    'util.inspect of all there is',
    (value) =>
      inspect(value, {
        depth: Number.POSITIVE_INFINITY,
        showHidden: true,
        showProxy: true,
        getters: true,
      }),
  ],
  [
    'util.inspect without hooks',
    (value) =>
      inspect(value, { depth: Number.POSITIVE_INFINITY, customInspect: false, showHidden: true }),
  ],
  ...['%s', '%j', '%o', '%O', '%d', '%i', '%f', '%c', ''].map(
    (directive) => [`format ${directive}`, (value: unknown) => format(directive, value)] as const,
  ),
  ['console', printedByConsole],
  ['JSON.stringify', (value) => JSON.stringify(value) ?? ''],
];

function printedByConsole(value: unknown): string {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += chunk;
      done();
    },
  });
  const console = new Console(stream, stream);
  console.log(value);
  console.error('%o', value);
  console.dir(value, { depth: null, showHidden: true });
  console.table([value]);
  console.trace(value);
  return text;
}

describe('a secret', () => {
  it('shows as [redacted] wherever it becomes text', () => {
    expect(String(secret)).toBe('[redacted]');
    expect(`${secret}`).toBe('[redacted]');
    expect(['', secret].join('')).toBe('[redacted]');
    expect(JSON.stringify({ token: secret })).toBe('{"token":"[redacted]"}');
    expect(inspect({ token: secret })).toBe('{ token: [redacted] }');
    expect(format('%s %j %o', secret, secret, secret)).toBe('[redacted] "[redacted]" [redacted]');
  });

  it('is seen by these printers when it is not wrapped', () => {
    for (const [name, print] of PRINTERS) {
      if (/%[dif]/.test(name) || name === 'format %c') continue;
      expect(print({ token: CANARY }), name).toContain(CANARY);
    }
  });

  describe.each(CONTAINERS)('in %s', (_container, value) => {
    it.each(PRINTERS)('is not printed by %s', (_printer, print) => {
      expect(print(value)).not.toContain(CANARY);
    });
  });

  it('has no part that can be listed, copied or sent', () => {
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(Object.entries({ ...secret })).toEqual([]);
    expect(inspect(structuredClone(secret), { showHidden: true })).not.toContain(CANARY);
    expect(inspect(deserialize(serialize({ secret })), { depth: 9 })).not.toContain(CANARY);
    expect(serialize({ secret }).toString('latin1')).not.toContain(CANARY);
  });

  it('still reveals itself to the code that sends it', () => {
    expect(secret.reveal()).toBe(CANARY);
    expect(secret.equals(new Secret(CANARY))).toBe(true);
    expect(secret.equals(new Secret('other'))).toBe(false);
  });
});

describe('the log', () => {
  it.each(CONTAINERS)(
    'does not print a secret in %s that it is given by mistake',
    (_name, value) => {
      const lines: string[] = [];
      const stream = { write: (line: string) => lines.push(line) };
      for (const pretty of [false, true]) {
        const logger = createLogger({ level: 'debug', stream, pretty });
        // What a caller does that goes round the types.
        const fields = { value } as LogFields;
        logger.with(fields).debug('one', fields);
        logger.error('two', value as LogFields);
      }
      expect(lines).toHaveLength(4);
      expect(lines.join()).not.toContain(CANARY);
    },
  );
});
