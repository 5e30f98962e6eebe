import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { ExchangeCodeRequest } from '../../../src/service/token-vault.ts';
import type { FakeCode } from '../../support/fakes/google-project.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { rightsWith } from '../../support/rights.ts';
import { alertsOf, GRACE_MS, oneReplica, storedUser } from './steps.ts';

const BOB = 'sub-of-bob';
const CAROL = 'sub-of-carol';
const REBIND = { rebindExternalUser: true };

/** Callers that know users as "42", and who that is. */
async function named() {
  const world = new World();
  const { caller, replica } = await oneReplica(world);
  const { tokenVault } = replica;
  const begin = (sub: string, fields: Partial<ExchangeCodeRequest> = {}, code = codeOf(sub)) =>
    caller.exchange(world.mintCode(code), { externalUserId: '42', ...fields });
  const exchange = (...args: Parameters<typeof begin>) => world.reasonOf(begin(...args));
  const lookUp = async (externalUserId = '42') => {
    const found = tokenVault.getUser({ externalUserId }, world.context());
    return world.settled(
      found.then(
        ({ userId }) => userId,
        (error: unknown) => (error instanceof Failure ? error.reason : error),
      ),
    );
  };
  const linked = async (externalUserId = '42') => {
    const stored = await world.vault.links.read(externalUserId);
    return stored.kind === 'present' ? stored.record.userIds : stored.kind;
  };
  return { world, caller, replica, begin, exchange, lookUp, linked };
}

function codeOf(sub: string): Partial<FakeCode> {
  return { sub, refreshToken: true };
}

/** Google's tokens of an account that were sent to its revoke endpoint. */
function revokedAtGoogle({ google }: World) {
  return google.requests.filter(({ operation }) => operation === 'revoke');
}

describe('an exchange with a name for its user', () => {
  it('binds the name: the link is written before the record that makes it true', async () => {
    const { world, exchange, lookUp } = await named();
    expect(await exchange(ALICE)).toBe('OK');
    const writes = world.vault.script.calls.filter((op) => /^(links|users)\.write$/.test(op));
    expect(writes).toEqual(['links.write', 'users.write']);
    expect(await lookUp()).toBe(ALICE);
  });

  it('of the account that has it already writes no link', async () => {
    const { world, exchange } = await named();
    await exchange(ALICE);
    world.vault.script.clearCalls();
    expect(await exchange(ALICE)).toBe('OK');
    expect(world.vault.script.count('links.write')).toBe(0);
  });

  it('without one costs no request', async () => {
    const { world, exchange } = await named();
    expect(await exchange(ALICE, { externalUserId: undefined })).toBe('OK');
    expect(world.vault.script.calls.filter((op) => op.startsWith('links.'))).toEqual([]);
  });

  it('is refused where another account has it: nothing is stored, and nothing revoked at Google', async () => {
    const { world, caller, exchange, lookUp, linked } = await named();
    await exchange(ALICE);
    const code = world.mintCode(codeOf(BOB));
    const fields = { externalUserId: '42' };
    const refused = caller.exchange(code, fields);
    await expect(world.settled(refused)).rejects.toMatchObject({
      reason: 'USER_MISMATCH',
      metadata: { mismatch: 'externalUser' },
    });
    expect(world.vault.keptUserVersions(BOB)).toEqual([]);
    expect(await linked()).toEqual([ALICE]);
    expect(await lookUp()).toBe(ALICE);
    const repeat = caller.exchange(code, fields);
    await expect(world.settled(repeat)).rejects.toMatchObject({
      reason: 'USER_MISMATCH',
      metadata: { mismatch: 'externalUser' },
    });
    expect(world.google.count('exchange', code)).toBe(1);
    expect(revokedAtGoogle(world)).toEqual([]);
  });

  it('takes it from another account where that is asked for, for good', async () => {
    const { exchange, lookUp, linked } = await named();
    await exchange(ALICE);
    expect(await exchange(BOB, REBIND)).toBe('OK');
    expect(await lookUp()).toBe(BOB);
    expect(await linked()).toEqual([BOB]);
    // Neither comes back by itself.
    await exchange(BOB, { externalUserId: '43' });
    expect(await lookUp('43')).toBe(BOB);
    expect(await lookUp()).toBe('USER_NOT_CONNECTED');
    expect(await exchange(CAROL)).toBe('OK');
    expect(await lookUp()).toBe(CAROL);
  });

  it('is told from one that finds the name free', async () => {
    const { world, begin } = await named();
    const first = await world.settled(begin(ALICE));
    const again = await world.settled(begin(ALICE));
    const other = await world.settled(begin(BOB, REBIND));
    expect([first.rebound, again.rebound, other.rebound]).toEqual([undefined, undefined, true]);
  });

  it('warns where the account had another name, and shows none of them', async () => {
    const { world, exchange } = await named();
    await exchange(ALICE);
    await exchange(ALICE);
    const renamed = () => world.logger.lines.filter(({ event }) => event === 'account_renamed');
    expect(renamed()).toEqual([]);
    await exchange(ALICE, { externalUserId: 'crm-43' });
    const hashed = (id: string) => world.vault.keyedHash.of('log', id);
    expect(renamed()).toMatchObject([
      { user: hashed(ALICE), name: hashed('crm-43'), formerName: hashed('42') },
    ]);
  });

  it('may have it without asking once its user was revoked', async () => {
    const { world, caller, exchange, lookUp } = await named();
    await exchange(ALICE);
    await world.settled(caller.revoke());
    expect(await lookUp()).toBe(ALICE);
    expect(await exchange(BOB)).toBe('OK');
    expect(await lookUp()).toBe(BOB);
    expect(await exchange(ALICE)).toBe('USER_MISMATCH');
  });

  it('is another request with and without the wish to re-bind', async () => {
    const { world, caller, exchange } = await named();
    await exchange(ALICE);
    const code = world.mintCode(codeOf(BOB));
    const fields = { externalUserId: '42' };
    expect(await world.reasonOf(caller.exchange(code, fields))).toBe('USER_MISMATCH');
    const other = caller.exchange(code, { ...fields, ...REBIND });
    expect(await world.reasonOf(other)).toBe('CODE_REJECTED');
  });

  it('says which of the two mismatches it is', async () => {
    const { world, caller } = await named();
    const call = caller.exchange(world.mintCode(codeOf(BOB)), { expectedUserId: ALICE });
    await expect(world.settled(call)).rejects.toMatchObject({
      reason: 'USER_MISMATCH',
      metadata: { mismatch: 'expectedUser' },
    });
  });
});

describe('a caller that is restricted to domains', () => {
  const rights = rightsWith({ users: new Set(['corp.example']) });
  const inside = { ...codeOf(BOB), profile: { hostedDomain: 'corp.example' } };

  it.each([false, true])(
    'takes no name from an account outside of them (asked: %s)',
    async (rebind) => {
      const { world, caller, exchange, lookUp } = await named();
      await exchange(ALICE);
      const fields = { externalUserId: '42', rebindExternalUser: rebind };
      const call = caller.exchange(world.mintCode(inside), fields, { ...world.context(), rights });
      await expect(world.settled(call)).rejects.toMatchObject({
        reason: 'CALLER_NOT_ALLOWED',
        metadata: { deniedBy: 'user' },
      });
      expect(await lookUp()).toBe(ALICE);
    },
  );
});

describe('a binding that is never committed', () => {
  it('leaves the name where it was', async () => {
    const { world, caller, begin, exchange, lookUp, linked } = await named();
    await exchange(ALICE);
    const linking = world.vault.script.hold('links.write', 'after');
    const late = begin(BOB, REBIND);
    await world.clock.advance(1_000);
    expect(await linked()).toEqual([BOB, ALICE]);
    expect(await lookUp()).toBe(ALICE);
    await world.settled(caller.revoke({ userId: BOB }));
    linking.release();
    expect(await world.reasonOf(late)).toBe('USER_REVOKED');
    expect(await lookUp()).toBe(ALICE);
    expect(await exchange(CAROL)).toBe('USER_MISMATCH');
    expect(await exchange(BOB, REBIND)).toBe('OK');
    expect(await lookUp()).toBe(BOB);
  });

  it('keeps its place in the link while others come and go', async () => {
    const { world, begin, exchange, lookUp, linked } = await named();
    await exchange(ALICE);
    const writing = world.vault.script.hold('users.write');
    const bobs = begin(BOB, REBIND);
    await world.clock.advance(1_000);
    const carols = begin(CAROL, REBIND);
    await world.clock.advance(1_000);
    expect(await linked()).toEqual([CAROL, BOB, ALICE]);
    writing.release();
    expect(await world.reasonOf(bobs)).toBe('OK');
    expect(await world.reasonOf(carols)).toBe('OK');
    expect(await lookUp()).toBe(CAROL);
    expect(await linked()).toEqual([CAROL, BOB]);
  });
});

describe('an account that was on its way to a name while others got it', () => {
  it('has it once they have let go of it', async () => {
    const { world, caller, begin, exchange, lookUp } = await named();
    const writing = world.vault.script.hold('users.write');
    const alices = begin(ALICE);
    await world.clock.advance(1_000);
    writing.holdNoMore();
    expect(await exchange(BOB)).toBe('OK');
    writing.release();
    expect(await world.reasonOf(alices)).toBe('OK');
    await world.settled(caller.revoke({ userId: BOB }));
    expect(await exchange(BOB, { externalUserId: '43' })).toBe('OK');
    expect(await lookUp()).toBe(ALICE);
    expect(await exchange(CAROL)).toBe('USER_MISMATCH');
  });

  it('stays where the others found it revoked, and it came back before them', async () => {
    const { world, caller, begin, exchange, lookUp, linked } = await named();
    await exchange(ALICE);
    await world.settled(caller.revoke());
    const writing = world.vault.script.hold('users.write');
    const alices = begin(ALICE);
    await world.clock.advance(1_000);
    writing.holdNoMore();
    const bobsWriting = world.vault.script.hold('users.write');
    const bobs = begin(BOB);
    await world.clock.advance(1_000);
    const ordering = world.vault.script.hold('links.write');
    bobsWriting.release();
    expect(await world.reasonOf(bobs)).toBe('OK');
    writing.release();
    expect(await world.reasonOf(alices)).toBe('OK');
    ordering.release();
    await world.clock.advance(1_000);
    expect(await linked()).toEqual([BOB, ALICE]);
    expect(await exchange(BOB, { externalUserId: '43' })).toBe('OK');
    expect(await lookUp()).toBe(ALICE);
  });

  it('gets its place in the link back where more came than the link has places for', async () => {
    const { world, exchange, begin, linked } = await named();
    const others = ['sub-1', 'sub-2', 'sub-3', 'sub-4'];
    const writing = world.vault.script.hold('users.write');
    const alices = begin(ALICE);
    await world.clock.advance(1_000);
    const calls = others.map((sub) => begin(sub));
    await world.clock.advance(1_000);
    expect(await linked()).not.toContain(ALICE);
    writing.release();
    for (const call of [alices, ...calls]) expect(await world.reasonOf(call)).toBe('OK');
    await world.clock.advance(1_000);
    expect(await linked()).toHaveLength(4);
    expect(await exchange(CAROL)).toBe('USER_MISMATCH');
  });
});

describe('putting the link in order', () => {
  /** Bob takes the name from Alice, up to where only the order of the link is left. */
  async function taken() {
    const scene = await named();
    const { world, begin, exchange } = scene;
    await exchange(ALICE);
    const writing = world.vault.script.hold('users.write');
    const bobs = begin(BOB, REBIND);
    await world.clock.advance(1_000);
    const ordering = world.vault.script.hold('links.write');
    writing.release();
    return { ...scene, bobs, ordering };
  }

  it('keeps nobody waiting', async () => {
    const { world, bobs, ordering, lookUp } = await taken();
    expect(await world.reasonOf(bobs)).toBe('OK');
    expect(await lookUp()).toBe(BOB);
    expect(ordering.waiting).toBe(1);
  });

  it('is waited for by a replica that stops', async () => {
    const { world, replica, bobs, ordering, linked } = await taken();
    expect(await world.reasonOf(bobs)).toBe('OK');
    const stopping = replica.stop(GRACE_MS);
    await world.clock.advance(1_000);
    ordering.release();
    await world.settled(stopping);
    expect(await linked()).toEqual([BOB]);
  });

  it('ends with a warning where Vault fails', async () => {
    const { world, bobs, ordering, linked, lookUp } = await taken();
    world.vault.script.failNext('links.write', 'before');
    ordering.release();
    expect(await world.reasonOf(bobs)).toBe('OK');
    await world.clock.advance(1_000);
    expect(await linked()).toEqual([BOB, ALICE]);
    expect(await lookUp()).toBe(BOB);
    const warning = { event: 'link_not_settled', reason: 'STORE_UNAVAILABLE' };
    expect(world.logger.lines).toContainEqual(expect.objectContaining(warning));
  });
});

describe('a Vault that fails while a name is bound', () => {
  it.each(['links.read', 'links.write', 'users.write'] as const)(
    'is waited for, and the code is sent once: %s',
    async (op) => {
      for (const when of ['before', 'after'] as const) {
        const { world, caller, lookUp } = await named();
        const code = world.mintCode(codeOf(ALICE));
        const sent = world.google.hold('exchange', 'after');
        const call = caller.exchange(code, { externalUserId: '42' }, world.context('app', 60_000));
        await world.settled(sent.arrived);
        world.vault.script.failNext(op, when, 3);
        sent.release();
        expect(await world.reasonOf(call)).toBe('OK');
        expect(world.google.count('exchange', code)).toBe(1);
        expect(await lookUp()).toBe(ALICE);
      }
    },
  );

  it('does not allow links: the code is not sent', async () => {
    const { world, caller } = await named();
    const code = world.mintCode();
    world.vault.script.failNext('links.read', 'before', 1, new Failure('STORE_ACCESS_LOST'));
    const fields = { externalUserId: '42' };
    expect(await world.reasonOf(caller.exchange(code, fields))).toBe('STORE_ACCESS_LOST');
    expect(world.google.count('exchange', code)).toBe(0);
    expect(await world.reasonOf(caller.exchange(code, fields))).toBe('OK');
  });
});

describe('a record that cannot be read', () => {
  it('of a name is replaced, with an alert', async () => {
    const { world, exchange, lookUp } = await named();
    world.vault.corruptLink('42');
    expect(await exchange(ALICE)).toBe('OK');
    expect(alertsOf(world)).toEqual(['stored_record_corrupt']);
    expect(await lookUp()).toBe(ALICE);
  });

  it('of the account that has the name does not give it away', async () => {
    const { world, exchange, lookUp } = await named();
    await exchange(ALICE);
    world.vault.corrupt(ALICE);
    expect(await exchange(BOB)).toBe('USER_MISMATCH');
    expect(await exchange(BOB, REBIND)).toBe('OK');
    expect(await lookUp()).toBe(BOB);
  });
});

describe('a node of Vault that is active no more', () => {
  it('decides nothing about a name by what it still has', async () => {
    const { world, begin, exchange, lookUp } = await named();
    await exchange(ALICE);
    const reading = world.vault.script.hold('users.read', 'after');
    const bobs = begin(BOB);
    await world.clock.advance(1_000);
    expect(reading.waiting).toBe(1);
    const revoked = { ...storedUser(world), state: 'revoked', grants: new Map() } as const;
    await world.vault.users.write(revoked, { expectedVersion: 1, writeId: 'w' });
    world.vault.term = 'fake-node 2';
    reading.release();
    expect(await world.reasonOf(bobs)).toBe('OK');
    expect(await lookUp()).toBe(BOB);
  });
});
