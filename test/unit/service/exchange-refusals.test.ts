import { describe, expect, it } from 'vitest';
import type { RefusalCause } from '../../../src/domain/oauth-provider.ts';
import type { Reason } from '../../../src/domain/reasons.ts';
import { DROPPED, RATE_LIMITED } from '../../support/fakes/fake-google.ts';
import { ALICE, DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { connectedAlice, oneReplica } from './steps.ts';

describe('a code that Google refuses', () => {
  const refusals: readonly (readonly [RefusalCause, Reason])[] = [
    ['invalid_grant', 'CODE_REJECTED'],
    ['reauth_required', 'USER_REAUTH_REQUIRED'],
    ['client_disabled', 'PROVIDER_CLIENT_REJECTED'],
    ['unauthorized_client', 'CODE_REJECTED'],
    ['redirect_uri_mismatch', 'REDIRECT_URI_MISMATCH'],
    ['invalid_scope', 'CODE_REJECTED'],
    ['admin_policy_enforced', 'ADMIN_POLICY_ENFORCED'],
    ['invalid_request', 'CODE_REJECTED'],
  ];

  it.each(refusals)('for %s ends in %s, and is not sent again', async (cause, reason) => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.google.next('exchange', { kind: 'refused', cause });

    expect(await world.reasonOf(caller.exchange(code))).toBe(reason);
    expect(await world.reasonOf(caller.exchange(code))).toBe(reason);
    expect(world.google.count('exchange', code)).toBe(1);
    expect(world.vault.keptUserVersions(ALICE)).toEqual([]);
  });
});

describe('a code that was sent without a usable answer', () => {
  it.each([
    ['a broken connection', DROPPED],
    ['throttling', RATE_LIMITED],
  ])('has an unknown outcome: %s', async (_, answer) => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.google.next('exchange', { answer, effect: true });

    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_OUTCOME_UNKNOWN');
    expect(world.metrics.labelsOf('tokenvault_exchanges_outcome_unknown_total')).toHaveLength(1);
    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_IN_PROGRESS');
    await world.clock.advance(31_000);
    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_OUTCOME_UNKNOWN');
    expect(world.google.count('exchange', code)).toBe(1);
  });
});

describe('an ID token that does not hold', () => {
  it('was not asked for: IDENTITY_MISSING', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode({ scopes: [EMAIL, DRIVE] });
    expect(await world.reasonOf(caller.exchange(code))).toBe('IDENTITY_MISSING');
    expect(await world.reasonOf(caller.exchange(code))).toBe('IDENTITY_MISSING');
  });

  it('has another nonce: CODE_REJECTED', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode({ nonce: 'of-another-session' });
    expect(await world.reasonOf(caller.exchange(code, { nonce: 'mine' }))).toBe('CODE_REJECTED');
    expect(world.vault.keptUserVersions(ALICE)).toEqual([]);
  });

  it('has the nonce that was asked for: OK', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode({ nonce: 'mine' });
    expect(await world.reasonOf(caller.exchange(code, { nonce: 'mine' }))).toBe('OK');
  });
});

describe('a code of another account than expected', () => {
  it('stores nothing, and sends nothing to Google to revoke', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.clearCalls();
    const code = world.mintCode({ refreshToken: true });
    const expectedUserId = 'sub-of-bob';

    expect(await world.reasonOf(caller.exchange(code, { expectedUserId }))).toBe('USER_MISMATCH');
    expect(world.vault.script.count('users.write')).toBe(0);
    await world.clock.advance(120_000);
    expect(world.google.count('revoke')).toBe(0);
  });

  it('is fine where the account is the expected one', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const call = caller.exchange(world.mintCode(), { expectedUserId: ALICE });
    expect(await world.reasonOf(call)).toBe('OK');
  });
});

describe('a request that cannot be sent', () => {
  it('names an OAuth client that is not configured', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const call = caller.exchange(world.mintCode(), { oauthClient: 'nobody' });
    expect(await world.reasonOf(call)).toBe('CLIENT_NOT_CONFIGURED');
    expect(world.vault.script.count('exchanges.write')).toBe(0);
  });

  it('names a code source that the client does not allow', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const call = caller.exchange(world.mintCode(), { codeSource: 'web-popup' });
    expect(await world.reasonOf(call)).toBe('FIELD_INVALID');
    expect(world.vault.script.count('exchanges.write')).toBe(0);
  });
});
