import { describe, expect, it } from 'vitest';
import {
  nameLeadsToItsAccount,
  nameStaysUnlessAsked,
  refusedMeansNothingStored,
  refusedOnlyForAHolder,
} from './checkers/names.ts';
import { EXCHANGED, exchangeOf, grantOf, HandMade, storedUser, USER } from './history-fixture.ts';

const NAME = 'crm-1';
const OTHER = 'user-2';
const LOOK_UP = { kind: 'look-up', name: NAME, user: USER } as const;

const naming = (code: string, user: string, rebind = false) =>
  ({ ...exchangeOf(code), user, name: NAME, rebind }) as const;

class Named extends HandMade {
  /** Vault commits a version of somebody's record. */
  carries(user: string, version: number, name?: string, state: 'active' | 'revoked' = 'active') {
    return this.facts({ kind: 'stored', user, record: storedUser(version, { name, state }) });
  }

  /** An exchange, from its call to its OK. */
  bound(code: string, user: string, rebind = false): this {
    const exchange = this.begin(naming(code, user, rebind));
    this.carries(user, 1, NAME);
    this.ok(exchange, { ...EXCHANGED, user });
    return this;
  }

  lookedUp(user?: string): this {
    const lookUp = this.begin(LOOK_UP);
    if (user === undefined) this.fail(lookUp, 'USER_NOT_CONNECTED');
    else this.ok(lookUp, { user });
    return this;
  }
}

describe('I21: a look-up', () => {
  it('may give who was bound last, and nobody else', () => {
    const of = (found?: string) =>
      nameLeadsToItsAccount.broken(new Named().bound('A', USER).lookedUp(found).history);
    expect(of(USER)).toEqual([]);
    expect(of(OTHER)).toHaveLength(1);
    expect(of()).toHaveLength(1);
  });

  it('may give the old or the new one while a re-binding is under way', () => {
    for (const found of [USER, OTHER]) {
      const made = new Named().bound('A', USER);
      made.begin(naming('B', OTHER, true));
      made.carries(OTHER, 1, NAME).lookedUp(found);
      expect(nameLeadsToItsAccount.broken(made.history)).toEqual([]);
    }
  });

  it('gives the one of two bound at once that is left when the other gives the name up', () => {
    const of = (found?: string) => {
      const made = new Named();
      const [one, two] = [made.begin(naming('A', USER)), made.begin(naming('B', OTHER))];
      made.carries(USER, 1, NAME).carries(OTHER, 1, NAME);
      made.ok(one, EXCHANGED);
      made.ok(two, { ...EXCHANGED, user: OTHER });
      return nameLeadsToItsAccount.broken(made.carries(OTHER, 2, 'crm-2').lookedUp(found).history);
    };
    expect(of(USER)).toEqual([]);
    expect(of()).toHaveLength(1);
  });

  it('gives nobody who has another name by then', () => {
    const made = new Named().bound('A', USER).carries(USER, 2, 'crm-2').lookedUp(USER);
    expect(nameLeadsToItsAccount.broken(made.history)).toHaveLength(1);
  });

  it('is excused where a deposed node answered', () => {
    const made = new Named().bound('A', USER);
    const lookUp = made.begin(LOOK_UP);
    made.facts({ kind: 'deposed-answer' });
    made.fail(lookUp, 'USER_NOT_CONNECTED');
    expect(nameLeadsToItsAccount.broken(made.history)).toEqual([]);
  });
});

describe('I21: a name of a connected account', () => {
  it('is not taken without being asked', () => {
    const of = (made: Named) => nameStaysUnlessAsked.broken(made.history);
    expect(of(new Named().bound('A', USER).bound('B', OTHER))).toHaveLength(1);
    expect(of(new Named().bound('A', USER).bound('B', OTHER, true))).toEqual([]);
    const revoked = new Named().bound('A', USER).carries(USER, 2, NAME, 'revoked');
    expect(of(revoked.bound('B', OTHER))).toEqual([]);
  });

  it('may go to either of two exchanges at once', () => {
    const made = new Named();
    const [one, two] = [made.begin(naming('A', USER)), made.begin(naming('B', OTHER))];
    made.carries(USER, 1, NAME).carries(OTHER, 1, NAME);
    made.ok(one, EXCHANGED);
    made.ok(two, { ...EXCHANGED, user: OTHER });
    expect(nameStaysUnlessAsked.broken(made.history)).toEqual([]);
  });
});

describe('I21: a mismatch', () => {
  it('keeps nothing of the consent, and ends nothing at Google', () => {
    const refused = () => {
      const made = new Named();
      made.fail(made.begin(naming('A', USER)), 'USER_MISMATCH');
      return made.consent('A');
    };
    const of = ({ history }: HandMade) => refusedMeansNothingStored.broken(history);
    expect(of(refused())).toEqual([]);
    expect(of(refused().stored(1, { grants: [grantOf('A')] }))).toHaveLength(1);
    const revoked = refused().facts({ kind: 'revoked-at-google', token: 'refresh of A' });
    expect(of(revoked)).toHaveLength(1);
  });

  it('is only for a name that another connected account carries', () => {
    const of = (before: Named) => {
      before.fail(before.begin(naming('B', OTHER)), 'USER_MISMATCH');
      return refusedOnlyForAHolder.broken(before.history);
    };
    expect(of(new Named().bound('A', USER))).toEqual([]);
    expect(of(new Named().carries(USER, 1))).toHaveLength(1);
    const revoked = new Named().bound('A', USER).carries(USER, 2, NAME, 'revoked');
    expect(of(revoked)).toHaveLength(1);
  });
});
