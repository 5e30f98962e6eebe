import { type DevCaller, devSpiffeId } from '../../src/dev/certificate-files.ts';
import type { RpcName } from '../../src/domain/rpc-name.ts';

export const AUTH = 'https://www.googleapis.com/auth/';
export const CORP = 'corp.example';
export const OTHER = 'other.example';

/** The three callers of the proof. */
export const CALLERS = [
  'gateway',
  'drive-worker',
  'account-service',
] as const satisfies DevCaller[];
export type CallerName = (typeof CALLERS)[number];

/** What one caller may, for the check: nothing of the product reads it. */
export interface Rule {
  readonly rpcs: readonly RpcName[];
  readonly clients: readonly string[];
  readonly scopes: readonly string[];
  /** Undefined: every user. */
  readonly domains?: readonly string[];
}

/** A policy as an operator writes it, and beside it what it has to mean. */
export interface Rules {
  readonly yaml: string;
  readonly of: Readonly<Record<CallerName, Rule>>;
}

const RATE = 'requests_per_second: 1000000';

export const NARROW: Rules = {
  yaml: `
callers:
  - spiffe_id: ${devSpiffeId('gateway')}
    rpcs: [ExchangeCode, RevokeUser]
    oauth_clients: [default]
    users: { hosted_domains: [${CORP}] }
    ${RATE}
  - spiffe_id: ${devSpiffeId('drive-worker')}
    rpcs: [GetAccessToken]
    oauth_clients: [default]
    max_scopes: [openid, drive.appdata, drive.readonly]
    users: { hosted_domains: [${CORP}] }
    ${RATE}
  - spiffe_id: ${devSpiffeId('account-service')}
    rpcs: [GetAccessToken, GetUser]
    oauth_clients: [default, partner]
    max_scopes: [openid, email, drive.appdata, gmail.readonly]
    users: all
    ${RATE}
`,
  of: {
    gateway: {
      rpcs: ['ExchangeCode', 'RevokeUser'],
      clients: ['default'],
      scopes: [],
      domains: [CORP],
    },
    'drive-worker': {
      rpcs: ['GetAccessToken'],
      clients: ['default'],
      scopes: ['openid', `${AUTH}drive.appdata`, `${AUTH}drive.readonly`],
      domains: [CORP],
    },
    'account-service': {
      rpcs: ['GetAccessToken', 'GetUser'],
      clients: ['default', 'partner'],
      scopes: ['openid', `${AUTH}userinfo.email`, `${AUTH}drive.appdata`, `${AUTH}gmail.readonly`],
    },
  },
};

/** Takes from each caller what it had, and gives it something else. */
export const SHIFTED: Rules = {
  yaml: `
callers:
  - spiffe_id: ${devSpiffeId('gateway')}
    rpcs: [ExchangeCode, GetUser]
    oauth_clients: [partner]
    users: all
    ${RATE}
  - spiffe_id: ${devSpiffeId('drive-worker')}
    rpcs: [GetAccessToken, GetUser]
    oauth_clients: [default, partner]
    max_scopes: [drive.readonly]
    users: { hosted_domains: [${OTHER}] }
    ${RATE}
  - spiffe_id_prefix: ${devSpiffeId('gateway').replace('gateway', '')}
    rpcs: [GetAccessToken, RevokeUser]
    oauth_clients: [partner]
    max_scopes: [email, gmail.readonly]
    users: { hosted_domains: [${OTHER}, ${CORP}] }
    ${RATE}
`,
  of: {
    gateway: { rpcs: ['ExchangeCode', 'GetUser'], clients: ['partner'], scopes: [] },
    'drive-worker': {
      rpcs: ['GetAccessToken', 'GetUser'],
      clients: ['default', 'partner'],
      scopes: [`${AUTH}drive.readonly`],
      domains: [OTHER],
    },
    'account-service': {
      rpcs: ['GetAccessToken', 'RevokeUser'],
      clients: ['partner'],
      scopes: [`${AUTH}userinfo.email`, `${AUTH}gmail.readonly`],
      domains: [OTHER, CORP],
    },
  },
};
