import { beforeEach, describe, expect, it } from 'vitest';
import type { Reachability } from '../../../src/client/connect.ts';
import { TokenVaultWatch } from '../../../src/gateway/token-vault-watch.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let now: Reachability;
let looks: number;
let clock: ManualClock;
let watch: TokenVaultWatch;

beforeEach(() => {
  now = 'dialling';
  looks = 0;
  clock = new ManualClock();
  const reachability = () => {
    looks += 1;
    return now;
  };
  watch = new TokenVaultWatch({ reachability }, clock);
});

describe('the way to TokenVault', () => {
  it('is dialled from the start, and missing until the first connection', () => {
    expect(looks).toBe(1);
    expect(watch.status()).toMatchObject({
      serves: false,
      failing: [{ name: 'token_vault', detail: 'not connected yet' }],
    });
    now = 'connected';
    expect(watch.status()).toEqual({ serves: true, failing: [] });
  });

  it('is there while it is dialled anew, and missing from the first look that finds it so', async () => {
    now = 'connected';
    watch.status();
    now = 'dialling';
    expect(watch.status().serves).toBe(true);
    now = 'unreachable';
    const since = clock.now();
    expect(watch.status().failing).toEqual([
      { name: 'token_vault', cause: 'unreachable', since, detail: 'no connection' },
    ]);
    await clock.advance(5_000);
    now = 'dialling';
    expect(watch.status()).toMatchObject({ serves: false, failing: [{ since }] });
  });
});
