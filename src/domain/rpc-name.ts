/** Every RPC that a caller can be allowed. A method without a name here cannot be served. */
export const RPC_NAMES = ['ExchangeCode', 'GetAccessToken', 'RevokeUser', 'GetUser'] as const;
export type RpcName = (typeof RPC_NAMES)[number];

/** What one caller may do. */
export interface CallerGrant {
  /** Compared exactly. */
  readonly spiffeId: string;
  readonly rpcs: readonly RpcName[];
}
