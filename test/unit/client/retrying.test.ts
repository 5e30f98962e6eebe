import { describe, expect, it } from 'vitest';
import type { CallOptions } from '../../../src/client/call-options.ts';
import { retrying } from '../../../src/client/retrying.ts';
import type { Send } from '../../../src/client/send.ts';
import {
  TokenVaultError,
  type TokenVaultErrorOptions,
} from '../../../src/client/token-vault-error.ts';
import type { Random } from '../../../src/domain/random.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const random = (unit: number): Random => ({ id: () => '', unit: () => unit });
const BUSY: TokenVaultErrorOptions = {
  code: 'UNAVAILABLE',
  reason: 'STORE_UNAVAILABLE',
  retryAfterMs: 1_000,
};

interface Call extends Pick<CallOptions, 'timeoutMs'> {
  /** How the tries end, one after the other; then OK. */
  readonly fails: readonly TokenVaultErrorOptions[];
  readonly request?: object;
}

/** A connection whose tries end as told, and when each was begun, with which time left. */
function scripted(unit = 0) {
  const clock = new ManualClock();
  const tries: { readonly at: number; readonly timeoutMs: number }[] = [];
  let fails: TokenVaultErrorOptions[] = [];
  const send: Send<unknown> = async (_method, _request, { timeoutMs }) => {
    tries.push({ at: clock.monotonic(), timeoutMs });
    const failure = fails.shift();
    if (failure !== undefined) throw new TokenVaultError(failure);
    return answer();
  };
  const closing = new AbortController();
  const repeat = retrying(send, { clock, random: random(unit), closed: closing.signal });
  const begin = ({ timeoutMs, fails: told, request = {} }: Call): Promise<unknown> => {
    fails = [...told];
    return repeat(unused, request, { timeoutMs }).then(undefined, (error) => error);
  };
  const failureOf = (made: Call) => clock.until(begin(made));
  const call = async (made: Call) => {
    const failure = await failureOf(made);
    if (failure === undefined) return 'OK';
    return failure instanceof TokenVaultError ? (failure.reason ?? failure.code) : failure;
  };
  return { clock, tries, begin, call, failureOf, close: () => closing.abort() };
}

const unused = () => expect.unreachable('no method is called');
const answer = <T>(): T => undefined as T;
const times = <T>(count: number, of: T): readonly T[] => Array.from({ length: count }, () => of);

describe('a call that may go well later', () => {
  it('is repeated no sooner than RetryInfo says, with the time that is left', async () => {
    const { call, tries } = scripted();
    expect(await call({ timeoutMs: 5_000, fails: [BUSY] })).toBe('OK');
    expect(tries).toEqual([
      { at: 0, timeoutMs: 5_000 },
      { at: 1_000, timeoutMs: 4_000 },
    ]);
  });

  it('comes a little later than others that were told the same', async () => {
    const { call, tries } = scripted(0.5);
    await call({ timeoutMs: 5_000, fails: [BUSY] });
    expect(tries.at(-1)?.at).toBe(1_125);
  });

  it('is repeated ever more slowly where nobody says how long to wait', async () => {
    const { call, tries } = scripted();
    const dropped: TokenVaultErrorOptions = { code: 'UNAVAILABLE' };
    expect(await call({ timeoutMs: 5_000, fails: times(4, dropped) })).toBe('OK');
    expect(tries.map(({ at }) => at)).toEqual([0, 50, 150, 350, 750]);
  });
});

describe('a call that fails after a repeat', () => {
  it('is no call that would hold back the answer of Google', async () => {
    const { call, tries } = scripted();
    const limited = { ...BUSY, reason: 'CALLER_RATE_LIMITED' } as const;
    const request = { rejectedTokenSha256: Buffer.alloc(32, 7) };
    expect(await call({ timeoutMs: 5_000, fails: [limited], request })).toBe('CALLER_RATE_LIMITED');
    expect(tries).toHaveLength(1);
  });

  const unsent = { code: 'UNAVAILABLE', connection: 'NOTHING_LISTENS', sent: false } as const;

  it('was sent where any of its tries was', async () => {
    const { failureOf } = scripted();
    const failure = await failureOf({ timeoutMs: 1_150, fails: [BUSY, unsent] });
    expect(failure).toEqual(new TokenVaultError({ ...unsent, sent: true }));
  });

  it('was not sent where none of its tries was', async () => {
    const { failureOf } = scripted();
    const failure = await failureOf({ timeoutMs: 1_200, fails: times(10, unsent) });
    expect(failure).toEqual(new TokenVaultError(unsent));
  });
});

describe('the deadline of a call', () => {
  it('lets no wait begin that would outlive it: the reason is thrown at once', async () => {
    const { call, clock } = scripted();
    expect(await call({ timeoutMs: 1_050, fails: [BUSY] })).toBe('STORE_UNAVAILABLE');
    expect(clock.monotonic()).toBe(0);
  });

  it('ends the repeats with the reason of the last', async () => {
    const { call, tries } = scripted();
    const busyThenFull = [BUSY, { ...BUSY, reason: 'NOT_READY' } as const];
    expect(await call({ timeoutMs: 2_000, fails: busyThenFull })).toBe('NOT_READY');
    expect(tries).toHaveLength(2);
  });
});

describe('the end of a connection', () => {
  it('ends the wait for a repeat at once, with the failure that there is', async () => {
    const { clock, tries, begin, close } = scripted();
    const ended = begin({ timeoutMs: 5_000, fails: [BUSY] });
    await clock.advance(10);
    close();
    expect(await ended).toEqual(new TokenVaultError(BUSY));
    expect([tries.length, clock.monotonic()]).toEqual([1, 10]);
  });
});

describe('the budget for repeats', () => {
  const ask = { timeoutMs: 60_000, fails: times(100, BUSY) };
  const atOnce = { ...BUSY, retryAfterMs: 0 };

  it('is a fifth of the calls, after a few at once', async () => {
    const { call, tries, clock } = scripted();
    const calls = 200;
    for (let made = 0; made < calls; made += 1) {
      expect(await call(ask)).toBe('STORE_UNAVAILABLE');
    }
    expect(tries.length - calls).toBeGreaterThan(0.2 * calls - 1);
    const byTime = clock.monotonic() / 10_000;
    expect(tries.length - calls).toBeLessThanOrEqual(0.2 * calls + 10 + byTime);
  });

  it('comes back in quiet times, by one each ten seconds', async () => {
    const { call, clock } = scripted();
    const repeatsLeft = async () => {
      let made = 0;
      while ((await call({ timeoutMs: 60_000, fails: [atOnce] })) === 'OK') made += 1;
      return made;
    };
    // Each of these calls earns a fifth of one besides.
    expect(await repeatsLeft()).toBeGreaterThanOrEqual(10);
    await clock.advance(50_000);
    const again = await repeatsLeft();
    expect(again).toBeGreaterThanOrEqual(5);
    expect(again).toBeLessThanOrEqual(8);
  });

  it('is not spent by calls that never left', async () => {
    const { call } = scripted();
    const unsent: TokenVaultErrorOptions = { code: 'UNAVAILABLE', sent: false };
    for (let made = 0; made < 20; made += 1) {
      expect(await call({ timeoutMs: 60_000, fails: times(5, unsent) })).toBe('OK');
    }
  });
});
