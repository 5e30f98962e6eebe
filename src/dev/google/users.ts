import { createHash } from 'node:crypto';
import type { DriveFile } from './drive-files.ts';

/** A Google Account of the stand-in; what is left out is made up from `sub`. */
export interface StandInUser {
  readonly sub: string;
  readonly email?: string;
  readonly name?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly picture?: string;
  readonly locale?: string;
  /** The domain of a Workspace account; becomes the `hd` claim. */
  readonly hostedDomain?: string;
  readonly files?: readonly DriveFile[];
}

export interface UserClaims {
  readonly [claim: string]: string | boolean | undefined;
  readonly sub: string;
}

/** Two accounts to begin with: a consumer's and a Workspace one. */
export const DEFAULT_USERS: readonly StandInUser[] = [
  {
    sub: '108000000000000000001',
    email: 'user@example.com',
    name: 'Example User',
    givenName: 'Example',
    familyName: 'User',
    locale: 'en',
  },
  {
    sub: '108000000000000000002',
    email: 'user@workspace.example',
    name: 'Workspace User',
    givenName: 'Workspace',
    familyName: 'User',
    hostedDomain: 'workspace.example',
  },
];

const MAX_LISTED = 8;

/** The accounts. An account that nobody described comes into being when it is first named. */
export class Users {
  readonly #users = new Map<string, StandInUser>();
  readonly #default: StandInUser;

  constructor(users: readonly StandInUser[]) {
    const [first = { sub: '108000000000000000001' }] = users;
    this.#default = first;
    for (const user of [first, ...users]) this.#users.set(user.sub, user);
  }

  /** Those to choose from on a page; more would not fit there. */
  list(): readonly StandInUser[] {
    return [...this.#users.values()].slice(0, MAX_LISTED);
  }

  bySub(sub: string | undefined): StandInUser {
    if (sub === undefined) return this.#default;
    const user = this.#users.get(sub) ?? { sub };
    this.#users.set(sub, user);
    return user;
  }

  /** `login_hint` is an email address or a `sub`; without one the first user signs in. */
  byLoginHint(hint: string | undefined): StandInUser {
    if (hint?.includes('@') !== true) return this.bySub(hint);
    for (const user of this.#users.values()) {
      if (emailOf(user) === hint) return user;
    }
    const user = { sub: subOf(hint), email: hint };
    this.#users.set(user.sub, user);
    return user;
  }
}

/** Google's claims for a user (https://developers.google.com/identity/openid-connect). */
export function claimsOf(user: StandInUser): UserClaims {
  return {
    sub: user.sub,
    email: emailOf(user),
    email_verified: true,
    name: user.name ?? `User ${user.sub}`,
    given_name: user.givenName ?? 'User',
    family_name: user.familyName ?? user.sub,
    picture: user.picture ?? 'https://lh3.googleusercontent.com/a/default-user=s96-c',
    locale: user.locale,
    hd: user.hostedDomain,
  };
}

export function emailOf(user: StandInUser): string {
  return user.email ?? `${user.sub}@example.com`;
}

/** The same address is the same account after a restart. */
function subOf(email: string): string {
  const digest = createHash('sha256').update(email).digest();
  return `1${(digest.readBigUInt64BE() % 10n ** 20n).toString().padStart(20, '0')}`;
}
