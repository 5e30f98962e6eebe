import type { CallOptions } from '../client/connect.ts';
import type { OperatorConnection } from '../client/connect-operator.ts';
import {
  ImportGrantRequest,
  ImportGrantResponse,
  ListUsersRequest,
  ListUsersResponse,
} from '../gen/tokenvault/admin/v1/token_vault_admin.ts';
import {
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
} from '../gen/tokenvault/v1/token_vault.ts';
import { type JsonMessage, requestFromJson } from './proto-json.ts';

/** One call of a kind: proto JSON in, proto JSON out. */
export type CallMethod = (connection: OperatorConnection, options: CallOptions) => Promise<unknown>;

/**
 * Every RPC of `TokenVault` and `TokenVaultAdmin` by its name in the proto. Each reads its request before
 * anything is sent.
 */
export const CALL_METHODS: Readonly<Record<string, (json: unknown) => CallMethod>> = {
  ExchangeCode: unary(ExchangeCodeRequest, ExchangeCodeResponse, (connection, ...call) =>
    connection.exchangeCode(...call),
  ),
  GetAccessToken: unary(GetAccessTokenRequest, GetAccessTokenResponse, (connection, ...call) =>
    connection.getAccessToken(...call),
  ),
  BatchGetAccessTokens: unary(
    BatchGetAccessTokensRequest,
    BatchGetAccessTokensResponse,
    (connection, ...call) => connection.batchGetAccessTokens(...call),
  ),
  RevokeUser: unary(RevokeUserRequest, RevokeUserResponse, (connection, ...call) =>
    connection.revokeUser(...call),
  ),
  GetUser: unary(GetUserRequest, GetUserResponse, (connection, ...call) =>
    connection.getUser(...call),
  ),
  ListUsers: unary(ListUsersRequest, ListUsersResponse, (connection, ...call) =>
    connection.listUsers(...call),
  ),
  ImportGrant: unary(ImportGrantRequest, ImportGrantResponse, (connection, ...call) =>
    connection.importGrant(...call),
  ),
};

function unary<Request, Response>(
  requestType: JsonMessage<Request>,
  responseType: JsonMessage<Response>,
  call: (
    connection: OperatorConnection,
    request: Request,
    options: CallOptions,
  ) => Promise<Response>,
) {
  return (json: unknown): CallMethod => {
    const request = requestFromJson(requestType, json);
    return async (connection, options) =>
      responseType.toJSON(await call(connection, request, options));
  };
}
