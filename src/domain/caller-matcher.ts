import type { Caller } from './caller.ts';

/** A claim's wanted value: it itself, one of a list's, or of an object those of some of its keys. */
export type ClaimWanted = string | number | boolean | ClaimsWanted;
export interface ClaimsWanted {
  readonly [claim: string]: ClaimWanted;
}

/** How an entry of the policy knows its callers. */
export type CallerMatcher =
  | { readonly kind: 'spiffeId'; readonly id: string }
  /** Ends with `/`: whole segments of the path. */
  | { readonly kind: 'spiffeIdPrefix'; readonly prefix: string }
  /** In lower case. */
  | { readonly kind: 'dnsName'; readonly name: string }
  | {
      readonly kind: 'jwt';
      readonly issuer: string;
      readonly subject?: string;
      readonly claims?: ClaimsWanted;
    };

/** The name that policy, limits and logs know a server's DNS name by. */
export function dnsCallerId(name: string): string {
  return `dns:${name}`;
}

/** Likewise the bearer of a token. */
export function tokenCallerId(issuer: string, subject: string): string {
  return `${issuer} ${subject}`;
}

export function matches(matcher: CallerMatcher, caller: Caller): boolean {
  switch (matcher.kind) {
    case 'spiffeId':
      return caller.proof === 'spiffe' && caller.id === matcher.id;
    case 'spiffeIdPrefix':
      return caller.proof === 'spiffe' && caller.id.startsWith(matcher.prefix);
    case 'dnsName':
      return caller.proof === 'dns' && caller.id === dnsCallerId(matcher.name);
    case 'jwt': {
      const { issuer, subject, claims = {} } = matcher;
      if (caller.proof !== 'jwt' || caller.token?.issuer !== issuer) return false;
      if (subject !== undefined && caller.id !== tokenCallerId(issuer, subject)) return false;
      return hasClaims(caller.token.claims, claims);
    }
  }
}

/** Whether every caller of `matcher` is one of `earlier` too. */
export function covers(earlier: CallerMatcher, matcher: CallerMatcher): boolean {
  switch (matcher.kind) {
    case 'spiffeId':
      return matches(earlier, { id: matcher.id, proof: 'spiffe' });
    case 'spiffeIdPrefix':
      return earlier.kind === 'spiffeIdPrefix' && matcher.prefix.startsWith(earlier.prefix);
    case 'dnsName':
      return matches(earlier, { id: dnsCallerId(matcher.name), proof: 'dns' });
    case 'jwt':
      if (earlier.kind !== 'jwt' || earlier.issuer !== matcher.issuer) return false;
      if (earlier.subject !== undefined && earlier.subject !== matcher.subject) return false;
      return hasClaims(matcher.claims ?? {}, earlier.claims ?? {});
  }
}

function hasClaims(claims: Readonly<Record<string, unknown>>, wanted: ClaimsWanted): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(claims, name) && holds(claims[name], value),
  );
}

function holds(claim: unknown, wanted: ClaimWanted): boolean {
  if (typeof wanted === 'object') return isObject(claim) && hasClaims(claim, wanted);
  return Array.isArray(claim) ? claim.includes(wanted) : claim === wanted;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
