import type { Caller } from '../../../src/domain/caller.ts';
import type { RpcName } from '../../../src/domain/rpc-name.ts';
import { ALICE, DRIVE, GMAIL } from '../../support/replica-fixture.ts';

export const POLICY = `
callers:
  - spiffe_id: spiffe://td/gateway
    rpcs: [ExchangeCode]
    oauth_clients: [default]
    users: all
  - spiffe_id: spiffe://td/gateway-2
    rpcs: [ExchangeCode]
    oauth_clients: [default]
    users: all
  - spiffe_id: spiffe://td/drive
    rpcs: [GetAccessToken]
    oauth_clients: [default]
    max_scopes: [drive.appdata]
    users: { hosted_domains: [corp.example] }
  - spiffe_id: spiffe://td/mail
    rpcs: [GetAccessToken, GetUser]
    oauth_clients: [default]
    max_scopes: [drive.appdata, gmail.readonly, calendar]
    users: all
  - spiffe_id: spiffe://td/accounts
    rpcs: [RevokeUser]
    users: all
`;

export const caller = (name: string): Caller => ({ id: `spiffe://td/${name}`, proof: 'spiffe' });
export const CORP = { profile: { hostedDomain: 'corp.example' } };
export const BOB = 'sub-of-bob';
export const CANARY = 'canary';

export interface Row {
  /** Of the table of abuses, and what is sent. */
  readonly row: string;
  readonly by: string;
  readonly rpc: RpcName;
  readonly fields: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Status, reason, deniedBy. */
  readonly answer: string;
  /** Calls to Google; and to Vault for a user, a code or a client. Default: none. */
  readonly google?: number;
  readonly vault?: number;
}

const invalid = 'INVALID_ARGUMENT FIELD_INVALID';
export const denied = (by: string) => `PERMISSION_DENIED CALLER_NOT_ALLOWED ${by}`;
const notFound = 'NOT_FOUND USER_NOT_CONNECTED';
export const get = (fields: object = {}) => ({ userId: ALICE, scopes: [DRIVE], ...fields });
const ODD_IDS = [
  `${CANARY}\0b`,
  `${CANARY}\nb`,
  CANARY.repeat(50),
  `${CANARY}😀`,
  `${CANARY}\u202e`,
  `${CANARY}e\u0301`,
];
const HASHED_IDS = ['../canary', 'canary/b', 'canary%2fb', '.', '..', ' canary ', 'data', 'sys'];
const ODD_CODES = ['', 'canary code', 'canary\r\ncode', 'canaryé', `canary${'x'.repeat(2_048)}`];

export const ROWS: readonly Row[] = [
  ...ODD_IDS.map(
    (userId): Row => ({
      row: `B-020 a user id that no user has: ${JSON.stringify(userId).slice(0, 20)}`,
      ...{ by: 'mail', rpc: 'GetAccessToken', fields: get({ userId }), answer: invalid },
    }),
  ),
  ...HASHED_IDS.map(
    (userId): Row => ({
      row: `B-020, B-021 a user id that looks like a path: ${userId}`,
      ...{ by: 'mail', rpc: 'GetUser', fields: { userId }, answer: notFound, vault: 1 },
    }),
  ),
  ...ODD_CODES.map(
    (code): Row => ({
      row: `B-022 a code that is none: ${JSON.stringify(code).slice(0, 20)}`,
      ...{ by: 'gateway', rpc: 'ExchangeCode', fields: { code }, answer: invalid },
    }),
  ),
  ...['https://canary.example/cb', 'HTTPS://app.example/cb', 'javascript:canary'].map(
    (redirectUri): Row => ({
      row: `B-027 a redirect URI that is not the client’s: ${redirectUri}`,
      by: 'gateway',
      rpc: 'ExchangeCode',
      fields: { code: 'canary', codeSource: 3, redirectUri },
      answer: invalid,
    }),
  ),
  ...['canary', 'c'.repeat(42), 'c'.repeat(129), `${'c'.repeat(42)}!`].map(
    (codeVerifier): Row => ({
      row: `B-028 a verifier of ${codeVerifier.length} characters that is none`,
      by: 'gateway',
      rpc: 'ExchangeCode',
      fields: { code: 'canary', codeVerifier },
      answer: invalid,
    }),
  ),
  {
    row: 'B-038 a code from a caller that is not the gateway',
    ...{ by: 'mail', rpc: 'ExchangeCode', fields: { code: CANARY }, answer: denied('rpc') },
  },
  {
    row: 'B-038 a code that is none, from a caller that is not the gateway',
    ...{ by: 'mail', rpc: 'ExchangeCode', fields: { code: '' }, answer: denied('rpc') },
  },
  {
    row: 'B-038 a code for an OAuth client that the gateway has nothing to do with',
    by: 'gateway',
    rpc: 'ExchangeCode',
    fields: { code: CANARY, oauthClient: 'partner' },
    answer: denied('oauthClient'),
  },
  ...['__proto__', 'constructor', 'toString'].map(
    (userId): Row => ({
      row: `B-047 a user id that every object has: ${userId}`,
      ...{ by: 'mail', rpc: 'GetUser', fields: { userId }, answer: notFound, vault: 1 },
    }),
  ),
  ...['__proto__', 'constructor', 'hasOwnProperty'].map(
    (scope): Row => ({
      row: `B-047 a scope that every object has: ${scope}`,
      ...{
        by: 'mail',
        rpc: 'GetAccessToken',
        fields: get({ scopes: [scope] }),
        answer: denied('scope'),
      },
    }),
  ),
  {
    row: 'B-050 an unknown user, asked for by a caller of all users',
    by: 'mail',
    rpc: 'GetAccessToken',
    fields: get({ userId: `${CANARY}-1` }),
    ...{ answer: notFound, vault: 1 },
  },
  {
    row: 'B-051 a known user of another domain',
    by: 'drive',
    rpc: 'GetAccessToken',
    fields: get({ userId: BOB }),
    ...{ answer: denied('user'), vault: 1 },
  },
  {
    row: 'B-052 an unknown user, asked for by a caller of one domain: the same, as soon',
    by: 'drive',
    rpc: 'GetAccessToken',
    fields: get({ userId: `${CANARY}-2` }),
    ...{ answer: denied('user'), vault: 1 },
  },
  ...[
    ['an RPC of others', 'GetUser', {}, 'rpc'],
    ['another client', 'GetAccessToken', get({ oauthClient: 'canary' }), 'oauthClient'],
    ['a scope beyond', 'GetAccessToken', get({ scopes: [GMAIL] }), 'scope'],
  ].flatMap(([what, rpc, fields, by]) =>
    [ALICE, `${CANARY}-3`].map(
      (userId): Row => ({
        row: `B-052 ${what}, of ${userId === ALICE ? 'a known' : 'an unknown'} user: nobody is looked up`,
        by: 'drive',
        rpc: rpc as RpcName,
        fields: { ...Object(fields), userId },
        answer: denied(String(by)),
      }),
    ),
  ),
  ...[
    [],
    [''],
    ['canary scope'],
    [`${DRIVE}\r\ncanary`],
    Array(51).fill(DRIVE),
    ['x'.repeat(257)],
  ].map(
    (scopes): Row => ({
      row: `B-053 scopes that are none: ${JSON.stringify(scopes).slice(0, 30)}`,
      ...{ by: 'mail', rpc: 'GetAccessToken', fields: get({ scopes }), answer: invalid },
    }),
  ),
  {
    row: 'B-053 a scope beyond the caller’s, among those it has',
    by: 'drive',
    rpc: 'GetAccessToken',
    fields: get({ scopes: [DRIVE, GMAIL] }),
    answer: denied('scope'),
  },
  {
    row: 'B-053 a scope that the caller may have and the user has not granted',
    by: 'mail',
    rpc: 'GetAccessToken',
    fields: get({ scopes: ['https://www.googleapis.com/auth/calendar'] }),
    answer: 'FAILED_PRECONDITION SCOPE_NOT_GRANTED',
    vault: 1,
  },
  {
    row: 'B-053 the same scopes in another order and twice: the token that is there',
    by: 'mail',
    rpc: 'GetAccessToken',
    fields: get({ scopes: [GMAIL, DRIVE, GMAIL] }),
    answer: 'OK',
  },
  ...[{ seconds: -1 }, { seconds: 3_601 }, { seconds: 315_360_000 }, { nanos: -1 }].map(
    (minTtl): Row => ({
      row: `B-054 a least life of ${JSON.stringify(minTtl)}`,
      ...{ by: 'mail', rpc: 'GetAccessToken', fields: get({ minTtl }), answer: invalid },
    }),
  ),
  ...['x-user', 'x-forwarded-client-cert', 'x-spiffe-id', 'authorization'].map(
    (header): Row => ({
      row: `B-058 somebody else’s name in ${header}`,
      by: 'drive',
      rpc: 'RevokeUser',
      fields: { userId: ALICE },
      headers: { [header]: 'spiffe://td/accounts' },
      answer: denied('rpc'),
    }),
  ),
  {
    row: 'B-067 a revocation by a caller that may not revoke',
    ...{ by: 'mail', rpc: 'RevokeUser', fields: { userId: ALICE }, answer: denied('rpc') },
  },
  ...['', '*'.repeat(256), 'canary\n*'].map(
    (userId): Row => ({
      row: `B-067 a revocation of ${JSON.stringify(userId).slice(0, 12)}`,
      ...{ by: 'accounts', rpc: 'RevokeUser', fields: { userId }, answer: invalid },
    }),
  ),
];
