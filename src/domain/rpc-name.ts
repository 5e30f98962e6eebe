/** Every RPC that a caller can be allowed. A method without a name here cannot be served. */
export const RPC_NAMES = [
  'ExchangeCode',
  'GetAccessToken',
  'BatchGetAccessTokens',
  'RevokeUser',
  'GetUser',
  'ListUsers',
  'ImportGrant',
] as const;
export type RpcName = (typeof RPC_NAMES)[number];

/** What the policy has to say about a caller before it may be allowed an RPC, beside the users. */
export interface RpcRule {
  readonly oauthClients: boolean;
  readonly maxScopes: boolean;
}

/** The rule of every RPC: by an OAuth client or not, for scopes or not. */
export const RPC_RULES: Readonly<Record<RpcName, RpcRule>> = {
  ExchangeCode: { oauthClients: true, maxScopes: false },
  GetAccessToken: { oauthClients: true, maxScopes: true },
  BatchGetAccessTokens: { oauthClients: true, maxScopes: true },
  RevokeUser: { oauthClients: false, maxScopes: false },
  GetUser: { oauthClients: false, maxScopes: false },
  ListUsers: { oauthClients: false, maxScopes: false },
  ImportGrant: { oauthClients: true, maxScopes: false },
};
