import { z } from 'zod';
import type { ClaimsWanted } from '../domain/caller-matcher.ts';
import { RPC_NAMES } from '../domain/rpc-name.ts';
import { scopeOfShortName } from '../domain/scopes.ts';
import { isSpiffeId } from '../domain/spiffe-id.ts';
import { isTokenSubject, LONGEST_SUBJECT } from '../domain/token-subject.ts';
import { oneOf, text, wholeNumber } from './scalars.ts';

const MOST_IN_A_LIST = 1_000;
const DEEPEST_CLAIM = 4;

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/;
/** The alias of an OAuth client. */
export const OAUTH_CLIENT = /^[a-z0-9-]{1,63}$/;
/** Google's own name of a scope, or the end of one, as its lists have them. */
const SCOPE = /^(?:https:\/\/[!#-[\]-~]{1,248}|[a-z][a-z0-9._-]{0,99})$/;
const NO_SPACE = /^[!-~]{1,1024}$/;

const NO_PREFIX =
  'must be the beginning of SPIFFE IDs up to a /, such as spiffe://example.org/ns/mail/';
const NO_USERS =
  'must be all, or hosted_domains with a list, such as { hosted_domains: [example.org] }';
const NO_CLAIMS = `must be claims and the texts, numbers, true or false that they must hold, at most ${DEEPEST_CLAIM} deep`;
const NO_SUBJECT = `must be a subject without spaces, of at most ${LONGEST_SUBJECT} characters`;
const NO_JWT = 'must have an issuer, and a subject or claims or both';

/** The keys of one entry of the policy file, each by itself. */
export function entryKeys() {
  return {
    spiffe_id: spiffeId(
      isSpiffeId,
      'must be a SPIFFE ID, such as spiffe://example.org/drive-worker',
    ).optional(),
    spiffe_id_prefix: spiffeId(isPrefix, NO_PREFIX).optional(),
    dns_name: domain('must be a DNS name, such as mail-sync.example.org').optional(),
    jwt: jwt().optional(),
    rpcs: listOf(oneOf(RPC_NAMES), `RPCs: ${RPC_NAMES.join(', ')}`),
    oauth_clients: listOf(
      text(OAUTH_CLIENT, 'must be an alias, such as default'),
      'aliases of OAuth clients, such as default',
    ).optional(),
    max_scopes: listOf(scope(), 'scopes, such as openid or drive.readonly').optional(),
    users: users(),
    requests_per_second: wholeNumber(1, 1_000_000).optional(),
  };
}

function listOf<Item extends z.ZodType>(item: Item, what: string) {
  const message = `must be a list of ${what}`;
  return z
    .array(item, { error: () => message })
    .min(1, { error: message })
    .max(MOST_IN_A_LIST, { error: `must have at most ${MOST_IN_A_LIST} entries` });
}

function spiffeId(fits: (text: string) => boolean, message: string) {
  return z.string({ error: () => message }).refine(fits, { error: message });
}

function isPrefix(prefix: string): boolean {
  return prefix.endsWith('/') && isSpiffeId(`${prefix}workload`);
}

function domain(message: string) {
  return z
    .string({ error: () => message })
    .toLowerCase()
    .regex(DNS_NAME, { error: message });
}

function scope() {
  const message = 'must be a scope, such as openid, drive.readonly or https://mail.google.com/';
  return text(SCOPE, message).transform(scopeOfShortName);
}

function users() {
  const domains = listOf(domain('must be a domain, such as example.org'), 'domains');
  const some = z
    .strictObject({ hosted_domains: domains })
    .transform(({ hosted_domains }): ReadonlySet<string> => new Set(hosted_domains));
  return z.union([z.literal('all'), some], { error: () => NO_USERS });
}

function jwt() {
  const shape = {
    issuer: text(NO_SPACE, 'must be the issuer of tokens, such as https://accounts.google.com'),
    subject: z
      .string({ error: () => NO_SUBJECT })
      .refine(isTokenSubject, { error: NO_SUBJECT })
      .optional(),
    claims: claims(DEEPEST_CLAIM).optional(),
  };
  return z
    .strictObject(shape, { error: () => NO_JWT })
    .refine(({ subject, claims }) => subject !== undefined || claims !== undefined, {
      // The issuer alone may be all the world's.
      error: NO_JWT,
    });
}

function claims(deep: number): z.ZodType<ClaimsWanted> {
  const leaf = z.union([z.string(), z.number(), z.boolean()]);
  const value = deep > 1 ? z.union([leaf, claims(deep - 1)]) : leaf;
  return z
    .record(z.string(), value, { error: () => NO_CLAIMS })
    .refine((wanted) => Object.keys(wanted).length > 0, { error: NO_CLAIMS });
}
