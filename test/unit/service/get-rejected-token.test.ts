import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../../src/service/token-vault.ts';
import { World } from '../../support/replica-fixture.ts';
import { connectedAlice } from './steps.ts';

function digest({ accessToken }: IssuedToken): string {
  return createHash('sha256').update(accessToken.reveal()).digest('hex');
}

describe('a token that Google answered 401 to', () => {
  it('is dropped, and a new one is minted', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const token = await caller.token();
    const next = await caller.token({ rejectedTokenSha256: digest(token) });
    expect(next.accessToken.equals(token.accessToken)).toBe(false);
    expect(await caller.token()).toEqual(next);
  });

  it('costs nothing where it has been replaced already', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const token = await caller.token();
    const next = await caller.token({ rejectedTokenSha256: digest(token) });
    expect(await caller.token({ rejectedTokenSha256: digest(token) })).toEqual(next);
    expect(world.google.count('refresh')).toBe(2);
  });

  it('is replaced once for all who report it at the same time', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const token = await caller.token();
    const calls = Array.from({ length: 4 }, () =>
      caller.get({ rejectedTokenSha256: digest(token) }),
    );
    await world.settled(Promise.all(calls));
    expect(world.google.count('refresh')).toBe(2);
  });

  it('may be reported five times a minute for one user by one caller, all at once if need be', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    let token = await caller.token();
    for (let count = 0; count < 5; count += 1) {
      token = await caller.token({ rejectedTokenSha256: digest(token) });
    }
    const sixth = { rejectedTokenSha256: digest(token) };
    await expect(caller.token(sixth)).rejects.toMatchObject({
      reason: 'CALLER_RATE_LIMITED',
      retryAfterMs: 12_000,
    });
    expect(await world.reasonOf(caller.get())).toBe('OK');
    expect(await world.reasonOf(caller.get(sixth, world.context('another')))).toBe('OK');
    await world.clock.advance(12_000);
    const current = await caller.token();
    expect(await world.reasonOf(caller.get({ rejectedTokenSha256: digest(current) }))).toBe('OK');
  });
});
