import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import type { ExchangeCodeRequest } from '../../../src/service/token-vault.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { alertsOf, Caller, GRACE_MS, oneReplica } from './steps.ts';

const MINUTE = 60_000;

describe('the same request again', () => {
  it('is answered the recorded outcome by every replica, and Google is not asked', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    const code = world.mintCode();
    const first = await world.settled(caller.exchange(code));
    await world.clock.advance(14 * MINUTE);

    expect(await world.settled(other.exchange(code))).toEqual(first);
    expect(world.google.count('exchange')).toBe(1);
  });

  it('is CODE_REJECTED after 15 minutes', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    await world.settled(caller.exchange(code));
    await world.clock.advance(15 * MINUTE + 1_000);

    expect(await world.reasonOf(caller.exchange(code))).toBe('CODE_REJECTED');
    expect(world.google.count('exchange')).toBe(1);
  });

  it('is answered a recorded refusal, with its metadata', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.google.next('exchange', { kind: 'refused', cause: 'redirect_uri_mismatch' });
    await world.reasonOf(caller.exchange(code));

    await expect(world.settled(caller.exchange(code))).rejects.toMatchObject({
      reason: 'REDIRECT_URI_MISMATCH',
      metadata: { oauthClient: 'default' },
    });
    expect(world.google.count('exchange')).toBe(1);
  });

  it('waits for the outcome within its deadline', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    const code = world.mintCode();
    const held = world.google.hold('exchange', 'after');
    const first = caller.exchange(code);
    const repeat = other.exchange(code);
    await world.clock.advance(3_000);
    held.release();
    expect(await world.settled(repeat)).toMatchObject({ userId: ALICE });
    await first;
  });

  it.each([
    { after: 5_000, reason: 'EXCHANGE_IN_PROGRESS' },
    { after: 29_000, waits: 500, reason: 'EXCHANGE_IN_PROGRESS' },
    { after: 31_000, reason: 'EXCHANGE_OUTCOME_UNKNOWN' },
  ])('is $reason $after ms after a crash with the code sent', async ({ after, waits, reason }) => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    const code = world.mintCode();
    const held = world.google.hold('exchange');
    void caller.exchange(code);
    await world.settled(held.arrived);
    await world.clock.advance(after);

    const context = world.context('spiffe://test.example/caller', waits ?? 10_000);
    expect(await world.reasonOf(other.exchange(code, {}, context))).toBe(reason);
    expect(world.google.count('exchange')).toBe(1);
  });

  it('never hears that nobody knows on the replica that is at it, however early it came', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    const held = world.google.hold('exchange', 'after');
    const first = caller.exchange(code, {}, world.context(undefined, 60_000));
    const repeat = caller.exchange(code, {}, world.context(undefined, 60_000));
    await world.settled(held.arrived);
    await world.clock.advance(40_000);
    held.release();
    expect(await world.reasonOf(first)).toBe('OK');
    expect(await world.reasonOf(repeat)).toBe('OK');
  });

  it('learns of an outcome that came after it was called unknown', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    const code = world.mintCode();
    const held = world.google.hold('exchange', 'after');
    const late = caller.exchange(code);
    await world.settled(held.arrived);
    await world.reasonOf(late);
    await world.clock.advance(31_000);
    expect(await world.reasonOf(other.exchange(code))).toBe('EXCHANGE_OUTCOME_UNKNOWN');

    held.release();
    await world.clock.advance(0);
    expect(await world.settled(other.exchange(code))).toMatchObject({ userId: ALICE });
  });
});

describe('a repeat of a caller that has learnt since whose the code has to be', () => {
  it.each(['its outcome', 'its outcome, which is still awaited'])(
    'is answered %s',
    async (what) => {
      const world = new World();
      const { caller } = await oneReplica(world);
      const other = new Caller(world, await world.startReplica());
      const code = world.mintCode();
      const held = world.google.hold('exchange', 'after');
      const first = caller.exchange(code);
      await world.settled(held.arrived);
      if (what === 'its outcome') held.release();
      if (what === 'its outcome') await world.settled(first);
      const repeats = [caller, other].map((any) => any.exchange(code, { expectedUserId: ALICE }));
      const strangers = [caller, other].map((any) => any.exchange(code, { expectedUserId: 'bob' }));
      await world.clock.advance(1_000);
      held.release();
      for (const repeat of repeats) {
        expect(await world.settled(repeat)).toMatchObject({ userId: ALICE });
      }
      for (const stranger of strangers) {
        await expect(world.settled(stranger)).rejects.toMatchObject({
          reason: 'USER_MISMATCH',
          metadata: { mismatch: 'expectedUser' },
        });
      }
      expect(world.google.count('exchange')).toBe(1);
    },
  );

  it('is not the same once another user was expected', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    await world.settled(caller.exchange(code, { expectedUserId: ALICE }));
    const other = caller.exchange(code, { expectedUserId: 'bob' });
    expect(await world.reasonOf(other)).toBe('CODE_REJECTED');
  });
});

describe('the same code with anything else different', () => {
  const changes: readonly (Partial<ExchangeCodeRequest> & { readonly what: string })[] = [
    { what: 'another code source', codeSource: 'mobile' },
    { what: 'a code verifier', codeVerifier: new Secret('verifier') },
    { what: 'a nonce', nonce: 'nonce' },
    { what: 'another external id', externalUserId: 'alice-1' },
  ];

  it.each(changes)(
    'is CODE_REJECTED and a security event: $what',
    async ({ what: _, ...fields }) => {
      const world = new World();
      const { caller } = await oneReplica(world);
      const code = world.mintCode();
      await world.settled(caller.exchange(code));

      expect(await world.reasonOf(caller.exchange(code, fields))).toBe('CODE_REJECTED');
      expect(world.metrics.labelsOf('tokenvault_security_events_total')).toEqual([
        { event: 'code_reused' },
      ]);
      expect(world.google.count('exchange')).toBe(1);
    },
  );

  it('is CODE_REJECTED for another caller, also while the first is at it', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    const held = world.google.hold('exchange');
    const first = caller.exchange(code);
    await world.settled(held.arrived);

    const thief = caller.exchange(code, {}, world.context('spiffe://test.example/thief'));
    expect(await world.reasonOf(thief)).toBe('CODE_REJECTED');
    held.release();
    expect(await world.reasonOf(first)).toBe('OK');
  });

  it('is CODE_REJECTED for another OAuth client', async () => {
    const world = new World();
    world.vault.setClient('second');
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    await world.settled(caller.exchange(code));
    expect(await world.reasonOf(caller.exchange(code, { oauthClient: 'second' }))).toBe(
      'CODE_REJECTED',
    );
  });
});

describe('the record of a code', () => {
  it('that cannot be read is a failure that pages, and the code is not sent', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.vault.corruptExchange(code.reveal());
    expect(await world.reasonOf(caller.exchange(code))).toBe('STORED_RECORD_CORRUPT');
    expect(alertsOf(world)).toEqual(['stored_record_corrupt']);
    expect(world.google.count('exchange')).toBe(0);
  });

  it('is removed after an hour by the replica that made it', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    await world.settled(caller.exchange(code));
    await world.clock.advance(61 * MINUTE);
    expect(await world.vault.exchanges.read(code)).toEqual({ kind: 'absent', version: 0 });
  });

  it('is swept away where its maker is gone', async () => {
    const world = new World();
    const { caller, replica } = await oneReplica(world);
    const code = world.mintCode();
    await world.settled(caller.exchange(code));
    await world.settled(replica.stop(GRACE_MS));
    await world.startReplica();
    await world.clock.advance(50 * MINUTE);
    expect(await world.vault.exchanges.read(code)).toMatchObject({ kind: 'present' });
    await world.clock.advance(90 * MINUTE);
    expect(await world.vault.exchanges.read(code)).toMatchObject({ kind: 'absent' });
  });
});
