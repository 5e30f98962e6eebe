import type { FactOf, History, OperationOf } from '../history.ts';
import { type Done, doneOf, endOf, factsOf } from './checker.ts';

/** The versions of each user's record, in the order in which Vault committed them. */
export class UserVersions {
  readonly #byUser: ReadonlyMap<string, readonly FactOf<'stored'>[]>;

  constructor(history: History) {
    this.#byUser = Map.groupBy(factsOf(history, 'stored'), ({ user }) => user);
  }

  /** Whether the history knows what Vault committed. */
  get known(): boolean {
    return this.#byUser.size > 0;
  }

  users(): readonly string[] {
    return [...this.#byUser.keys()];
  }

  of(user: string): readonly FactOf<'stored'>[] {
    return this.#byUser.get(user) ?? [];
  }

  /** Every version that was the newest at some moment from `from` to `to`, in the order of events. */
  during(user: string, from: number, to: number): readonly FactOf<'stored'>[] {
    const versions = this.of(user);
    return versions.filter(
      ({ order }, index) => order <= to && (versions[index + 1]?.order ?? Infinity) > from,
    );
  }
}

/**
 * The revocations that were answered OK and cannot have been no-ops: without `granted_before`, or with
 * one that no consent stored meanwhile is later than.
 */
export function surelyRevoked(history: History, versions: UserVersions): readonly Done<'revoke'>[] {
  const consents = factsOf(history, 'consent');
  return doneOf(history, 'revoke').filter(({ call, begun, ended }) => {
    const { user, grantedBefore } = call;
    if (grantedBefore === undefined) return true;
    if (!versions.known) {
      return !consents.some((consent) => consent.user === user && consent.order < ended.order);
    }
    return versions
      .during(user, begun.order, ended.order)
      .every(({ record }) => (record.consentedAt ?? 0) <= grantedBefore);
  });
}

/** Whether every version stored while the call ran holds a consent that is later than `granted_before`. */
export function wasNoOp(revoke: OperationOf<'revoke'>, versions: UserVersions): boolean {
  const { grantedBefore, user } = revoke.call;
  if (grantedBefore === undefined) return false;
  const during = versions.during(user, revoke.begun.order, endOf(revoke));
  return (
    during.length > 0 && during.every(({ record }) => (record.consentedAt ?? 0) > grantedBefore)
  );
}

/** Which revocations ended which consents for good. */
export class Revocations {
  readonly #revokes: ReadonlyMap<string, readonly Done<'revoke'>[]>;
  readonly #storedAt = new Map<string, number>();

  constructor(history: History, versions: UserVersions) {
    this.#revokes = Map.groupBy(surelyRevoked(history, versions), ({ call }) => call.user);
    const consents = new Map(
      factsOf(history, 'refresh-token').map(({ token, consent }) => [token, consent]),
    );
    for (const { order, record } of factsOf(history, 'stored')) {
      for (const { refreshToken } of record.grants) {
        const consent = consents.get(refreshToken);
        if (consent !== undefined && !this.#storedAt.has(consent))
          this.#storedAt.set(consent, order);
      }
    }
  }

  /** Those that began after Google gave the consent; with `granted_before`, after Vault had it, too. */
  of({ code, user, order }: FactOf<'consent'>): readonly Done<'revoke'>[] {
    return (this.#revokes.get(user) ?? []).filter(({ begun, call }) => {
      if (order >= begun.order) return false;
      if (call.grantedBefore === undefined) return true;
      return (this.#storedAt.get(code) ?? Number.POSITIVE_INFINITY) < begun.order;
    });
  }
}
