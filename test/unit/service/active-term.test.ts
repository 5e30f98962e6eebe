import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { ActiveTerm } from '../../../src/service/active-term.ts';
import { World } from '../../support/replica-fixture.ts';

/** Vault, a look at its term, and reads that give one value after the other. */
async function seenTerm(...values: unknown[]) {
  const { vault } = new World();
  const term = new ActiveTerm(vault.revocations);
  await term.look();
  let reads = 0;
  const read = async () => {
    const value = values[reads];
    reads += 1;
    if (value instanceof Failure) throw value;
    return value;
  };
  return { vault, term, read, reads: () => reads };
}

describe('the term of office', () => {
  it('confirms what was read while it did not change', async () => {
    const { term, read, reads } = await seenTerm('record');
    expect(await term.confirmed(read)).toBe('record');
    expect(reads()).toBe(1);
  });

  it('reads again where another node has become active: a standby gives old records', async () => {
    const { vault, term, read } = await seenTerm('old', 'new');
    vault.term = 'another node';
    expect(await term.confirmed(read)).toBe('new');
  });

  it('confirms a refusal for the record’s sake, too', async () => {
    const { vault, term, read } = await seenTerm(new Failure('USER_NOT_CONNECTED'), 'connected');
    vault.term = 'another node';
    expect(await term.confirmedRefusal(read)).toBe('connected');
  });

  it('refuses for the record’s sake where nothing has changed', async () => {
    const { term, read, reads } = await seenTerm(new Failure('USER_REVOKED'));
    await expect(term.confirmedRefusal(read)).rejects.toMatchObject({ reason: 'USER_REVOKED' });
    expect(reads()).toBe(1);
  });

  it('asks nobody where no refusal is to be confirmed', async () => {
    const { vault, term, read } = await seenTerm('record');
    vault.script.clearCalls();
    expect(await term.confirmedRefusal(read)).toBe('record');
    expect(vault.script.count('revocations.leaderTerm')).toBe(0);
  });

  it('lets failures of Vault pass as they are', async () => {
    const { term, read } = await seenTerm(new Failure('STORE_ACCESS_LOST'));
    const failed = term.confirmedRefusal(read);
    await expect(failed).rejects.toMatchObject({ reason: 'STORE_ACCESS_LOST' });
  });

  it('does not wait for a Vault that changes all the time', async () => {
    const { vault, term } = await seenTerm();
    const read = async () => {
      vault.term += '.';
    };
    await expect(term.confirmed(read)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  });
});
