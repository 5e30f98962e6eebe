import { describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { type Claim, ExchangeLedger } from '../../../src/service/exchange-ledger.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';

const WANTED = { code: new Secret('code'), request: 'request', unexpecting: 'request' };
const RESPONSE = { userId: ALICE, profile: {}, grantedScopes: [], refreshTokenKept: false };

/** A ledger whose next `refusals` writes meet a standby that has not heard of the record. */
function ledgerAtStandby(world: World) {
  const { clock, vault, logger, metrics } = world;
  const standby = { refusals: 0, asked: 0 };
  const random = { id: () => `write-${standby.asked}`, unit: () => 0.5 };
  const exchanges: typeof vault.exchanges = {
    ...vault.exchanges,
    write: (code, record, condition) => {
      standby.asked += 1;
      standby.refusals -= 1;
      if (standby.refusals >= 0) return Promise.resolve({ outcome: 'conflict' });
      return vault.exchanges.write(code, record, condition);
    },
  };
  const deps = { clock, random, logger, metrics, alerts: new Alerts(logger, metrics), exchanges };
  return { ledger: new ExchangeLedger(deps), standby };
}

async function claimed(world: World) {
  const { ledger, standby } = ledgerAtStandby(world);
  const claim = await ledger.claim(WANTED, world.clock.monotonic() + 10_000);
  if (!('version' in claim)) throw new Error('not claimed');
  return { ledger, standby, claim: claim satisfies Claim };
}

describe('a standby that refuses a write by old records', () => {
  it('does not make an outcome recorded: the write is to be tried again', async () => {
    const world = new World();
    const { ledger, standby, claim } = await claimed(world);
    standby.refusals = 1;
    await expect(ledger.done(claim, RESPONSE)).rejects.toMatchObject({
      reason: 'STORE_UNAVAILABLE',
    });
    await ledger.done(claim, RESPONSE);
    expect(await ledger.claim(WANTED, 0)).toMatchObject({ userId: ALICE });
  });

  it('is told from an earlier try that has landed', async () => {
    const world = new World();
    const { ledger, claim } = await claimed(world);
    await ledger.done(claim, RESPONSE);
    await ledger.done(claim, RESPONSE);
  });

  it('does not keep a code that was never sent from a repeat', async () => {
    const world = new World();
    const { ledger, standby, claim } = await claimed(world);
    standby.refusals = 1;
    await ledger.unsent(claim);
    await world.clock.advance(1_000);
    expect(await world.vault.exchanges.read(WANTED.code)).toMatchObject({
      record: { state: 'unsent' },
    });
  });

  it('is asked again only after a moment', async () => {
    const world = new World();
    const { ledger, standby } = ledgerAtStandby(world);
    standby.refusals = 3;
    const claim = ledger.claim(WANTED, world.clock.monotonic() + 10_000);
    await world.clock.advance(100);
    expect(standby.asked).toBe(1);
    expect(await world.settled(claim)).toMatchObject({ version: 1 });
  });
});
