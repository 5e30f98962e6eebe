import type { Caller } from '../../../src/domain/caller.ts';
import type { RpcName } from '../../../src/domain/rpc-name.ts';
import { DRIVE, GMAIL } from '../../support/replica-fixture.ts';

export const POLICY = `
callers:
  - spiffe_id: spiffe://td/gateway
    rpcs: [ExchangeCode]
    oauth_clients: [default]
    users: all
  - spiffe_id: spiffe://td/jobs/drive
    rpcs: [GetAccessToken, BatchGetAccessTokens, GetUser]
    oauth_clients: [default]
    max_scopes: [drive.appdata]
    users: { hosted_domains: [corp.example] }
  - spiffe_id_prefix: spiffe://td/jobs/
    rpcs: [GetAccessToken]
    oauth_clients: [partner]
    max_scopes: [drive.appdata, gmail.readonly]
    users: all
  - dns_name: accounts.example.org
    rpcs: [RevokeUser, GetUser]
    users: { hosted_domains: [corp.example, other.example] }
  - jwt: { issuer: https://issuer.example, subject: sync }
    rpcs: [ExchangeCode, GetAccessToken, BatchGetAccessTokens]
    oauth_clients: [default, partner]
    max_scopes: [drive.appdata]
    users: { hosted_domains: [corp.example] }
  - jwt: { issuer: https://issuer.example, claims: { groups: ops } }
    rpcs: [ExchangeCode, GetAccessToken, BatchGetAccessTokens, RevokeUser, GetUser]
    oauth_clients: [default, partner]
    max_scopes: [drive.appdata, gmail.readonly]
    users: all
`;

export const spiffe = (path: string): Caller => ({ id: `spiffe://td/${path}`, proof: 'spiffe' });
const bearer = (subject: string, groups: readonly string[], issuer = 'https://issuer.example') =>
  ({ id: `${issuer} ${subject}`, proof: 'jwt', token: { issuer, claims: { groups } } }) as const;

export const CALLERS: Readonly<Record<string, Caller>> = {
  gateway: spiffe('gateway'),
  'jobs/drive': spiffe('jobs/drive'),
  'jobs/mail': spiffe('jobs/mail'),
  jobs: spiffe('jobs'),
  stranger: spiffe('stranger'),
  'dns:accounts': { id: 'dns:accounts.example.org', proof: 'dns' },
  'dns:gateway': { id: 'dns:gateway', proof: 'dns' },
  'dns as id': { id: 'spiffe://td/gateway', proof: 'dns' },
  'jwt:sync': bearer('sync', []),
  'jwt:ops': bearer('ann', ['dev', 'ops']),
  'jwt:dev': bearer('bob', ['dev']),
  'jwt:alien': bearer('sync', ['ops'], 'https://other.example'),
};

export const CLIENTS = ['default', 'partner'] as const;
export const SCOPES = { within: [DRIVE], beyond: [DRIVE, GMAIL] };
export const USERS = {
  corp: 'corp.example',
  other: 'other.example',
  plain: undefined,
  nobody: undefined,
};

/**
 * Every cell: `+` allowed, else the first letter of `deniedBy`. In each group of four the user is of
 * corp.example, of other.example, without a domain, not known. An exchange names no scopes, and its
 * user is told from the code; RevokeUser and GetUser name no client either.
 */
const MATRIX = `
                                  default               partner
                                  within     beyond     within     beyond
gateway      ExchangeCode         ++++       ++++       oooo       oooo
gateway      GetAccessToken       rrrr       rrrr       rrrr       rrrr
gateway      BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
gateway      RevokeUser           rrrr       rrrr       rrrr       rrrr
gateway      GetUser              rrrr       rrrr       rrrr       rrrr
jobs/drive   ExchangeCode         rrrr       rrrr       rrrr       rrrr
jobs/drive   GetAccessToken       +uuu       ssss       oooo       oooo
jobs/drive   BatchGetAccessTokens +uuu       ssss       oooo       oooo
jobs/drive   RevokeUser           rrrr       rrrr       rrrr       rrrr
jobs/drive   GetUser              +uuu       +uuu       +uuu       +uuu
jobs/mail    ExchangeCode         rrrr       rrrr       rrrr       rrrr
jobs/mail    GetAccessToken       oooo       oooo       ++++       ++++
jobs/mail    BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
jobs/mail    RevokeUser           rrrr       rrrr       rrrr       rrrr
jobs/mail    GetUser              rrrr       rrrr       rrrr       rrrr
jobs         ExchangeCode         rrrr       rrrr       rrrr       rrrr
jobs         GetAccessToken       rrrr       rrrr       rrrr       rrrr
jobs         BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
jobs         RevokeUser           rrrr       rrrr       rrrr       rrrr
jobs         GetUser              rrrr       rrrr       rrrr       rrrr
stranger     ExchangeCode         rrrr       rrrr       rrrr       rrrr
stranger     GetAccessToken       rrrr       rrrr       rrrr       rrrr
stranger     BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
stranger     RevokeUser           rrrr       rrrr       rrrr       rrrr
stranger     GetUser              rrrr       rrrr       rrrr       rrrr
dns:accounts ExchangeCode         rrrr       rrrr       rrrr       rrrr
dns:accounts GetAccessToken       rrrr       rrrr       rrrr       rrrr
dns:accounts BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
dns:accounts RevokeUser           ++uu       ++uu       ++uu       ++uu
dns:accounts GetUser              ++uu       ++uu       ++uu       ++uu
dns:gateway  ExchangeCode         rrrr       rrrr       rrrr       rrrr
dns:gateway  GetAccessToken       rrrr       rrrr       rrrr       rrrr
dns:gateway  BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
dns:gateway  RevokeUser           rrrr       rrrr       rrrr       rrrr
dns:gateway  GetUser              rrrr       rrrr       rrrr       rrrr
dns as id    ExchangeCode         rrrr       rrrr       rrrr       rrrr
dns as id    GetAccessToken       rrrr       rrrr       rrrr       rrrr
dns as id    BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
dns as id    RevokeUser           rrrr       rrrr       rrrr       rrrr
dns as id    GetUser              rrrr       rrrr       rrrr       rrrr
jwt:sync     ExchangeCode         +uuu       +uuu       +uuu       +uuu
jwt:sync     GetAccessToken       +uuu       ssss       +uuu       ssss
jwt:sync     BatchGetAccessTokens +uuu       ssss       +uuu       ssss
jwt:sync     RevokeUser           rrrr       rrrr       rrrr       rrrr
jwt:sync     GetUser              rrrr       rrrr       rrrr       rrrr
jwt:ops      ExchangeCode         ++++       ++++       ++++       ++++
jwt:ops      GetAccessToken       ++++       ++++       ++++       ++++
jwt:ops      BatchGetAccessTokens ++++       ++++       ++++       ++++
jwt:ops      RevokeUser           ++++       ++++       ++++       ++++
jwt:ops      GetUser              ++++       ++++       ++++       ++++
jwt:dev      ExchangeCode         rrrr       rrrr       rrrr       rrrr
jwt:dev      GetAccessToken       rrrr       rrrr       rrrr       rrrr
jwt:dev      BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
jwt:dev      RevokeUser           rrrr       rrrr       rrrr       rrrr
jwt:dev      GetUser              rrrr       rrrr       rrrr       rrrr
jwt:alien    ExchangeCode         rrrr       rrrr       rrrr       rrrr
jwt:alien    GetAccessToken       rrrr       rrrr       rrrr       rrrr
jwt:alien    BatchGetAccessTokens rrrr       rrrr       rrrr       rrrr
jwt:alien    RevokeUser           rrrr       rrrr       rrrr       rrrr
jwt:alien    GetUser              rrrr       rrrr       rrrr       rrrr
`;

export const ROWS = MATRIX.trim()
  .split('\n')
  .slice(2)
  .map((line) => {
    const [, caller = '', rpc = '', cells = ''] = /^(.{12}) (\w+) +(.*)$/.exec(line) ?? [];
    return { caller: caller.trim(), rpc: rpc as RpcName, cells: cells.split(/ +/) };
  });

export interface Cell {
  readonly client: (typeof CLIENTS)[number];
  readonly scopes: keyof typeof SCOPES;
  readonly user: keyof typeof USERS;
}
/** In the order of a row's letters. */
export const CELLS: readonly Cell[] = CLIENTS.flatMap((client) =>
  (['within', 'beyond'] as const).flatMap((scopes) =>
    (['corp', 'other', 'plain', 'nobody'] as const).map((user) => ({ client, scopes, user })),
  ),
);
