import { createHmac, createPublicKey } from 'node:crypto';
import { LONGEST_SUBJECT } from '../../src/domain/token-subject.ts';
import type { TokenFault } from '../../src/jwt/token-check.ts';
import { AUDIENCE, makeKey, type OddToken, type RunningIssuer } from './token-issuer.ts';

/** In every bad token, and nowhere else. */
export const CANARY = 'canary-of-tokens';

/** A token that must not be taken: its row of abuse, and why the log says that it is not. */
export interface BadToken {
  readonly row: string;
  readonly make: (issuer: RunningIssuer) => Promise<string>;
  readonly fault: TokenFault;
}

const now = () => Math.floor(Date.now() / 1_000);
const YEARS = 10 * 365 * 86_400;

function bad(row: string, fault: TokenFault, make: BadToken['make']): BadToken {
  return { row, fault, make };
}

/** A properly signed token with what `odd` says; a function where it depends on the time. */
function odd(row: string, fault: TokenFault, token: OddToken | (() => OddToken)): BadToken {
  return bad(row, fault, (issuer) => {
    const { claims, ...more } = typeof token === 'function' ? token() : token;
    return issuer.token({ ...more, claims: { canary: CANARY, ...claims } });
  });
}

/** The token with another first or last part. */
function forged(row: string, fault: TokenFault, change: (parts: Parts) => string): BadToken {
  return bad(row, fault, async (issuer) => {
    const token = await issuer.token({ claims: { canary: CANARY } });
    const [header = '', payload = '', signature = ''] = token.split('.');
    return change({ header, payload, signature, issuer });
  });
}

interface Parts {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  readonly issuer: RunningIssuer;
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A header that says where to find, or is, the key that it is to be checked with. */
async function ownKey(issuer: RunningIssuer, header: (jwk: object) => object): Promise<string> {
  const key = await makeKey('first');
  return issuer.token({ key, header: { ...header(key.jwk) }, claims: { canary: CANARY } });
}

/** Signed by HMAC with the public key, which everybody has. */
function confused({ payload, issuer }: Parts): string {
  const [jwk = {}] = issuer.keys;
  const secret = createPublicKey({ key: { ...jwk } as never, format: 'jwk' });
  const pem = secret.export({ type: 'spki', format: 'pem' });
  const input = `${part({ alg: 'HS256', kid: 'first', typ: 'JWT' })}.${payload}`;
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
}

async function repeated(issuer: RunningIssuer): Promise<string> {
  const claims = `"iss":"${issuer.issuer}","aud":"${AUDIENCE}","iat":${now()},"exp":${now() + 60}`;
  return issuer.signed(`{${claims},"canary":"${CANARY}","sub":"admin","sub":"worker"}`);
}

async function repeatedInHeader(issuer: RunningIssuer): Promise<string> {
  const claims = { iss: issuer.issuer, aud: AUDIENCE, sub: 'x', iat: now(), exp: now() + 60 };
  const header = '{"alg":"RS256","alg":"RS256","kid":"first","typ":"JWT"}';
  return issuer.signed(JSON.stringify({ ...claims, canary: CANARY }), header);
}

/** Everything that the rows B-091 to B-104 name, and what jose takes by default. */
export const BAD_TOKENS: readonly BadToken[] = [
  forged('B-091 alg none', 'token_algorithm', ({ payload }) => {
    return `${part({ alg: 'none', kid: 'first', typ: 'JWT' })}.${payload}.AAAA`;
  }),
  forged('B-092 HS256 with the public key', 'token_algorithm', confused),
  bad('B-093 an embedded jwk', 'token_signature', (i) => ownKey(i, (jwk) => ({ jwk }))),
  bad('B-093 a jku', 'token_signature', (i) => ownKey(i, () => ({ jku: `${i.issuer}/evil` }))),
  bad('B-093 an x5u', 'token_signature', (i) => ownKey(i, () => ({ x5u: `${i.issuer}/evil` }))),
  odd('B-094 an unknown kid', 'token_key', { header: { kid: 'unknown' } }),
  odd('B-094 no kid', 'token_key', { header: { kid: undefined } }),
  odd('B-094 a kid that objects inherit', 'token_key', { header: { kid: '__proto__' } }),
  forged('B-095 an unknown crit', 'token_form', ({ payload, signature }) => {
    const header = { alg: 'RS256', kid: 'first', typ: 'JWT', crit: ['exp'], exp: 1 };
    return `${part(header)}.${payload}.${signature}`;
  }),
  odd('B-096 no exp', 'token_claims', { claims: { exp: undefined } }),
  odd('B-096 an exp in text', 'token_claims', { claims: { exp: '9999999999' } }),
  odd('B-096 an exp in ten years', 'token_life', () => ({ claims: { exp: now() + YEARS } })),
  odd('B-096 an exp that is over', 'token_expired', () => ({
    claims: { iat: now() - 300, exp: now() - 60 },
  })),
  odd('B-096 an iat of long ago', 'token_life', () => ({
    claims: { iat: now() - 7_200, exp: now() + 60 },
  })),
  odd('B-096 an exp before iat', 'token_life', () => ({
    claims: { iat: now() + 20, exp: now() + 10 },
  })),
  odd('B-097 an nbf to come', 'token_early', () => ({ claims: { nbf: now() + 120 } })),
  odd('B-097 an iat to come', 'token_early', () => ({
    claims: { iat: now() + 3_600, exp: now() + 3_660 },
  })),
  odd('B-097 no iat', 'token_claims', { claims: { iat: undefined } }),
  odd('B-098 another audience', 'token_audience', { claims: { aud: 'other' } }),
  odd('B-098 several audiences', 'token_audience', { claims: { aud: [AUDIENCE, 'other'] } }),
  odd('B-098 the audience twice', 'token_audience', { claims: { aud: [AUDIENCE, AUDIENCE] } }),
  odd('B-098 no audience', 'token_claims', { claims: { aud: undefined } }),
  bad('B-099 an issuer with a slash', 'token_issuer', (issuer) =>
    issuer.token({ claims: { canary: CANARY, iss: `${issuer.issuer}/` } }),
  ),
  odd('B-099 no issuer', 'token_issuer', { claims: { iss: undefined } }),
  odd('B-099 an issuer in a list', 'token_issuer', { claims: { iss: ['https://x'] } }),
  odd('B-100 an empty sub', 'token_claims', { claims: { sub: '' } }),
  odd('B-100 a number for sub', 'token_claims', { claims: { sub: 5 } }),
  odd('B-100 no sub', 'token_claims', { claims: { sub: undefined } }),
  odd('B-100 a sub with a blank', 'token_claims', { claims: { sub: 'a b' } }),
  odd('B-100 a sub that is too long', 'token_claims', {
    claims: { sub: 'x'.repeat(LONGEST_SUBJECT + 1) },
  }),
  odd('B-101 a security event', 'token_type', { header: { typ: 'secevent+jwt' } }),
  odd('B-101 an access token', 'token_type', { header: { typ: 'application/at+jwt' } }),
  odd('B-101 no typ', 'token_type', { header: { typ: undefined } }),
  odd('B-101 the typ none', 'token_type', { header: { typ: 'none' } }),
  forged('B-102 no signature', 'token_signature', ({ header, payload }) => {
    return `${header}.${payload}.AAAA`;
  }),
  forged('B-102 a changed claim', 'token_signature', ({ header, payload, signature }) => {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return `${header}.${part({ ...claims, sub: 'admin' })}.${signature}`;
  }),
  forged('B-102 no JSON', 'token_form', ({ header, signature }) => {
    return `${header}.${Buffer.from(CANARY).toString('base64url')}.${signature}`;
  }),
  forged('B-103 an ES256 signature of zeros', 'token_form', ({ payload }) => {
    const header = part({ alg: 'ES256', kid: 'first', typ: 'JWT' });
    return `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`;
  }),
  bad('B-103 an ES256 signature of zeros by its key', 'token_signature', async (issuer) => {
    const key = await makeKey('elliptic', 'ES256');
    issuer.keys = [...issuer.keys, key.jwk];
    const token = await issuer.token({ key, claims: { canary: CANARY } });
    return token.replace(/[^.]*$/, Buffer.alloc(64).toString('base64url'));
  }),
  bad('B-104 a claim twice', 'token_form', repeated),
  bad('B-104 a header field twice', 'token_form', repeatedInHeader),
];
