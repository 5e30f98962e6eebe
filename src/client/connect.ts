import { TokenVaultClient } from '../gen/tokenvault/v1/token_vault.ts';
import { systemClock } from '../observability/system-clock.ts';
import type { CallOptions } from './call-options.ts';
import type { Reachability } from './channels.ts';
import { checkedSend } from './checked-send.ts';
import type { ConnectOptions, TokenConnectOptions } from './credentials.ts';
import { type Link, openLink } from './link.ts';
import type {
  BatchGetAccessTokensRequest,
  BatchGetAccessTokensResponse,
  ExchangeCodeRequest,
  ExchangeCodeResponse,
  GetAccessTokenRequest,
  GetAccessTokenResponse,
  GetUserRequest,
  GetUserResponse,
  RevokeUserRequest,
  RevokeUserResponse,
} from './messages.ts';

export type { CallOptions } from './call-options.ts';
export type { Reachability } from './channels.ts';
export type { ConnectOptions, ServerOptions, TokenConnectOptions } from './credentials.ts';

/**
 * Shared by any number of calls: dozens at a time go over one connection, more open others. Each
 * method rejects with TokenVaultError alone.
 */
export interface TokenVaultConnection {
  exchangeCode(request: ExchangeCodeRequest, options: CallOptions): Promise<ExchangeCodeResponse>;
  getAccessToken(
    request: GetAccessTokenRequest,
    options: CallOptions,
  ): Promise<GetAccessTokenResponse>;
  batchGetAccessTokens(
    request: BatchGetAccessTokensRequest,
    options: CallOptions,
  ): Promise<BatchGetAccessTokensResponse>;
  revokeUser(request: RevokeUserRequest, options: CallOptions): Promise<RevokeUserResponse>;
  getUser(request: GetUserRequest, options: CallOptions): Promise<GetUserResponse>;
  /** Whether a connection stands. Makes no call, and dials where nothing has been dialled yet. */
  reachability(): Reachability;
  /**
   * Calls that were sent end well. One that waits to be repeated ends at once with the failure that it
   * has, one that still waits for a connection ends unsent, and every later one with CANCELLED.
   */
  close(): void;
}

/**
 * Opens a connection over TLS, with a client certificate or with a token for each call. Nothing is
 * dialled before the first call, and a broken connection is made again by itself. No call that
 * TokenVault answered is repeated: `openConnection` does that.
 * @throws Error when an address is an IP address and no `serverName` is given, or a PEM is broken
 */
export function connect(options: ConnectOptions | TokenConnectOptions): TokenVaultConnection {
  return connectionOver(openLink(TokenVaultClient, options, { clock: systemClock }));
}

/** The calls of the service, each sent over `link` where its options are good. */
export function connectionOver(link: Link<TokenVaultClient>): TokenVaultConnection {
  const { reachability, close } = link;
  const send = checkedSend(link.send);
  return {
    exchangeCode: (request, options) =>
      send((client, ...call) => client.exchangeCode(...call), request, options),
    getAccessToken: (request, options) =>
      send((client, ...call) => client.getAccessToken(...call), request, options),
    batchGetAccessTokens: (request, options) =>
      send((client, ...call) => client.batchGetAccessTokens(...call), request, options),
    revokeUser: (request, options) =>
      send((client, ...call) => client.revokeUser(...call), request, options),
    getUser: (request, options) =>
      send((client, ...call) => client.getUser(...call), request, options),
    reachability,
    close,
  };
}
