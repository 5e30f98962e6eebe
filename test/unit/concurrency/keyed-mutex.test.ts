import { describe, expect, it } from 'vitest';
import { KeyedMutex } from '../../../src/concurrency/keyed-mutex.ts';

describe('a keyed mutex', () => {
  it('runs work of one key one after the other, in order', async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = mutex.run('a', async () => {
      log.push('first begins');
      await gate.promise;
      log.push('first ends');
    });
    const second = mutex.run('a', async () => {
      log.push('second');
    });
    const third = mutex.run('a', async () => {
      log.push('third');
    });
    gate.resolve();
    await Promise.all([first, second, third]);
    expect(log).toEqual(['first begins', 'first ends', 'second', 'third']);
  });

  it('runs work of other keys side by side', async () => {
    const mutex = new KeyedMutex();
    void mutex.run('a', () => new Promise(() => undefined));
    expect(await mutex.run('b', async () => 'b')).toBe('b');
  });

  it('goes on after work that failed, and gives each caller its own outcome', async () => {
    const mutex = new KeyedMutex();
    const failing = mutex.run('a', () => Promise.reject(new Error('first')));
    const next = mutex.run('a', async () => 'second');
    await expect(failing).rejects.toThrow('first');
    expect(await next).toBe('second');
  });
});
