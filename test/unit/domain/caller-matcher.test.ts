import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/domain/caller.ts';
import { type CallerMatcher, covers, matches } from '../../../src/domain/caller-matcher.ts';

const spiffe = (id: string): Caller => ({ id, proof: 'spiffe' });
const dns = (name: string): Caller => ({ id: `dns:${name}`, proof: 'dns' });
const ISSUER = 'https://issuer.example';
const token = (subject: string, claims: Record<string, unknown> = {}): Caller => ({
  id: `${ISSUER} ${subject}`,
  proof: 'jwt',
  token: { issuer: ISSUER, claims: { iss: ISSUER, sub: subject, ...claims } },
});
const jwt = (fields: Partial<Extract<CallerMatcher, { kind: 'jwt' }>> = {}): CallerMatcher => ({
  kind: 'jwt',
  issuer: ISSUER,
  ...fields,
});
const ID: CallerMatcher = { kind: 'spiffeId', id: 'spiffe://td/ns/mail/sync' };
const PREFIX: CallerMatcher = { kind: 'spiffeIdPrefix', prefix: 'spiffe://td/ns/mail/' };
const DNS: CallerMatcher = { kind: 'dnsName', name: 'sync.example.org' };
const SUBJECT = jwt({ subject: 's1' });
const IN_JOBS = jwt({ claims: { 'kubernetes.io': { namespace: 'jobs' } } });
const KUBERNETES = { 'kubernetes.io': { namespace: 'jobs', pod: { name: 'x' } } };

describe('an entry’s matcher', () => {
  it.each<[string, CallerMatcher, Caller]>([
    ['a SPIFFE ID', ID, spiffe('spiffe://td/ns/mail/sync')],
    ['an ID below a prefix', PREFIX, spiffe('spiffe://td/ns/mail/sync')],
    ['an ID far below it', PREFIX, spiffe('spiffe://td/ns/mail/sa/a/b')],
    ['a DNS name', DNS, dns('sync.example.org')],
    ['a subject', SUBJECT, token('s1')],
    ['nested claims, whatever else is there', IN_JOBS, token('s2', KUBERNETES)],
    ['a value in a list', jwt({ claims: { groups: 'a' } }), token('s', { groups: ['b', 'a'] })],
    ['all claims', jwt({ claims: { a: 1, b: true } }), token('s', { a: 1, b: true, c: 3 })],
  ])('takes %s', (_what, matcher, caller) => {
    expect(matches(matcher, caller)).toBe(true);
  });

  it.each<[string, CallerMatcher, Caller]>([
    ['a longer ID', ID, spiffe('spiffe://td/ns/mail/sync2')],
    ['an ID of other case', ID, spiffe('spiffe://td/ns/mail/Sync')],
    ['the prefix of half a segment', PREFIX, spiffe('spiffe://td/ns/mailer/sync')],
    ['the prefix itself', PREFIX, spiffe('spiffe://td/ns/mail')],
    ['another trust domain', PREFIX, spiffe('spiffe://td2/ns/mail/sync')],
    ['a DNS name that looks like an ID', ID, { id: 'spiffe://td/ns/mail/sync', proof: 'dns' }],
    ['an ID that looks like a DNS name', DNS, { id: 'dns:sync.example.org', proof: 'spiffe' }],
    ['a part of a DNS name', DNS, dns('a.sync.example.org')],
    ['another subject', SUBJECT, token('s12')],
    ['another issuer', SUBJECT, { ...token('s1'), token: { issuer: 'https://x', claims: {} } }],
    ['a certificate with a token’s name', SUBJECT, spiffe(`${ISSUER} s1`)],
    ['a claim that is not there', IN_JOBS, token('s')],
    ['a claim of another value', IN_JOBS, token('s', { 'kubernetes.io': { namespace: 'x' } })],
    ['a claim of another type', jwt({ claims: { a: 1 } }), token('s', { a: '1' })],
    ['a text that holds the value', jwt({ claims: { a: 'b' } }), token('s', { a: 'abc' })],
    ['one claim of two', jwt({ claims: { a: 1, b: 2 } }), token('s', { a: 1 })],
    ['subject right, claim wrong', jwt({ subject: 's', claims: { a: 1 } }), token('s', { a: 2 })],
    ['what every object has', jwt({ claims: { constructor: 'x' } }), token('s')],
    ['a list where keys are wanted', IN_JOBS, token('s', { 'kubernetes.io': ['jobs'] })],
    ['nothing where keys are wanted', IN_JOBS, token('s', { 'kubernetes.io': null })],
  ])('refuses %s', (_what, matcher, caller) => {
    expect(matches(matcher, caller)).toBe(false);
  });
});

describe('an entry behind another', () => {
  it.each<[string, CallerMatcher, CallerMatcher]>([
    ['the same', ID, ID],
    ['a prefix of it', PREFIX, ID],
    ['a shorter prefix', { kind: 'spiffeIdPrefix', prefix: 'spiffe://td/' }, PREFIX],
    ['the same name', DNS, DNS],
    ['fewer conditions', SUBJECT, jwt({ subject: 's1', claims: { a: 1 } })],
    ['fewer claims', jwt({ claims: { a: 1 } }), jwt({ claims: { a: 1, b: 2 } })],
    [
      'fewer nested claims',
      IN_JOBS,
      jwt({ claims: { 'kubernetes.io': { namespace: 'jobs', node: 'n' } } }),
    ],
  ])('is never reached where that has %s', (_what, earlier, later) => {
    expect(covers(earlier, later)).toBe(true);
  });

  it.each<[string, CallerMatcher, CallerMatcher]>([
    ['one ID of its prefix', ID, PREFIX],
    ['a longer prefix', PREFIX, { kind: 'spiffeIdPrefix', prefix: 'spiffe://td/' }],
    ['another name', DNS, { kind: 'dnsName', name: 'other.example.org' }],
    ['another kind', DNS, ID],
    ['more conditions', jwt({ subject: 's1', claims: { a: 1 } }), SUBJECT],
    ['another value', jwt({ claims: { a: 1 } }), jwt({ claims: { a: 2 } })],
    ['another issuer', { ...IN_JOBS, issuer: 'x' } as CallerMatcher, IN_JOBS],
  ])('counts where that has %s', (_what, earlier, later) => {
    expect(covers(earlier, later)).toBe(false);
  });
});
