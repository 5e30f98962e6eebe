import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/domain/caller.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { UnprovenChange } from '../../../src/domain/startup-problems.ts';
import { type LoginTokens, ReplaceableLogin } from '../../../src/gateway/replaceable-login.ts';

interface Options {
  readonly name: string;
  readonly hasKeys: boolean;
  readonly expectedUserClaim?: string;
}

/** Stands for the tokens of one issuer. */
class NamedTokens implements LoginTokens {
  readonly options: Options;
  readonly why: string;
  closed = false;

  constructor(options: Options, why: string) {
    this.options = options;
    this.why = why;
  }

  async ready(): Promise<boolean> {
    return this.options.hasKeys;
  }

  callerOf(): Caller {
    return { id: this.options.name, proof: 'jwt' };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function opened() {
  const all: NamedTokens[] = [];
  const login = new ReplaceableLogin<Options>(async (options, why) => {
    const tokens = new NamedTokens(options, why);
    all.push(tokens);
    return tokens;
  });
  /** What is opened and not closed: why, and whose. */
  const open = () =>
    all.filter(({ closed }) => !closed).map(({ why, options }) => `${why} ${options.name}`);
  return { all, open, login };
}

const TOKEN = new Secret('token');
const GOOD = { name: 'good', hasKeys: true };

describe('the login of the apps', () => {
  it('is none where none is configured, and may come and go', async () => {
    const { open, login } = opened();
    await login.start(undefined);
    expect(login.inUse).toBeUndefined();
    await login.replace(GOOD);
    expect(login.inUse?.tokens.callerOf(TOKEN)).toMatchObject({ id: 'good' });
    expect(open()).toEqual(['use good']);
    await login.replace(undefined);
    expect(login.inUse).toBeUndefined();
    expect(open()).toEqual([]);
  });

  it('starts without its keys, which may come later', async () => {
    const { open, login } = opened();
    await login.start({ name: 'slow', hasKeys: false });
    expect(login.inUse).toBeDefined();
    expect(open()).toEqual(['use slow']);
  });

  it('is replaced by one whose keys are there; those of the last good one stay otherwise', async () => {
    const { open, login } = opened();
    await login.start(GOOD);
    const { inUse } = login;
    await expect(login.replace({ name: 'broken', hasKeys: false })).rejects.toThrow(UnprovenChange);
    expect(login.inUse).toEqual(inUse);
    expect(open()).toEqual(['use good']);
    await login.replace({ name: 'other', hasKeys: true, expectedUserClaim: 'google_sub' });
    expect(login.inUse?.expectedUserClaim).toBe('google_sub');
    expect(open()).toEqual(['use other']);
    await login.close();
    expect(open()).toEqual([]);
  });

  it('keeps its keys where nothing of it has changed', async () => {
    const { all, login } = opened();
    await login.start(GOOD);
    await login.replace({ ...GOOD });
    expect(all).toHaveLength(1);
  });
});
