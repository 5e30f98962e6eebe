import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import * as wire from '../gen/tokenvault/v1/token_vault.ts';
import { AuditedBatches } from './audited-batches.ts';
import { batchEncoder } from './batch-encoder.ts';
import { batchGetAccessTokensRpc } from './batch-get-access-tokens-rpc.ts';
import { BatchRecords } from './batch-records.ts';
import { bytesMethod } from './bytes-method.ts';
import type { RecordedRpc } from './call-records.ts';
import { exchangeCodeRpc } from './exchange-code-rpc.ts';
import { getAccessTokenRpc } from './get-access-token-rpc.ts';
import { getUserRpc } from './get-user-rpc.ts';
import { requestReader } from './request-reader.ts';
import { revokeUserRpc } from './revoke-user-rpc.ts';
import { handlerOf, type UnaryDeps, unaryHandler } from './unary.ts';

type MethodName = keyof typeof wire.TokenVaultService;

/** The methods of `tokenvault.v1.TokenVault` as the handlers take and give them. */
export const TOKEN_VAULT_DEFINITION = {
  exchangeCode: bytesMethod(wire.TokenVaultService.exchangeCode),
  getAccessToken: bytesMethod(wire.TokenVaultService.getAccessToken),
  batchGetAccessTokens: bytesMethod(wire.TokenVaultService.batchGetAccessTokens),
  revokeUser: bytesMethod(wire.TokenVaultService.revokeUser),
  getUser: bytesMethod(wire.TokenVaultService.getUser),
} satisfies ServiceDefinition & Record<MethodName, unknown>;

const EXCHANGE_CODE = { request: wire.ExchangeCodeRequest, reply: wire.ExchangeCodeResponse };
const GET_ACCESS_TOKEN = {
  request: wire.GetAccessTokenRequest,
  reply: wire.GetAccessTokenResponse,
};
const REVOKE_USER = { request: wire.RevokeUserRequest, reply: wire.RevokeUserResponse };
const GET_USER = { request: wire.GetUserRequest, reply: wire.GetUserResponse };

export const TOKEN_VAULT_RPCS: readonly RecordedRpc[] = [
  exchangeCodeRpc,
  getAccessTokenRpc,
  batchGetAccessTokensRpc,
  revokeUserRpc,
  getUserRpc,
];

/** The handlers of those methods. */
export function tokenVaultHandlers(deps: UnaryDeps) {
  return {
    exchangeCode: unaryHandler(exchangeCodeRpc, EXCHANGE_CODE, deps),
    getAccessToken: unaryHandler(getAccessTokenRpc, GET_ACCESS_TOKEN, deps),
    batchGetAccessTokens: batchHandler(deps),
    revokeUser: unaryHandler(revokeUserRpc, REVOKE_USER, deps),
    getUser: unaryHandler(getUserRpc, GET_USER, deps),
  } satisfies UntypedServiceImplementation & Record<MethodName, unknown>;
}

function batchHandler(deps: UnaryDeps) {
  const records = new BatchRecords(deps);
  const parts = {
    read: requestReader(batchGetAccessTokensRpc, wire.BatchGetAccessTokensRequest),
    encode: batchEncoder(),
    lines: new AuditedBatches(deps.audit),
    answered: records.answered.bind(records),
  };
  return handlerOf(batchGetAccessTokensRpc, parts, deps);
}
