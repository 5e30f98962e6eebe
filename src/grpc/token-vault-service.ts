import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import * as wire from '../gen/tokenvault/v1/token_vault.ts';
import { exchangeCodeRpc } from './exchange-code-rpc.ts';
import { getAccessTokenRpc } from './get-access-token-rpc.ts';
import { getUserRpc } from './get-user-rpc.ts';
import { revokeUserRpc } from './revoke-user-rpc.ts';
import { strictMethod } from './strict-method.ts';
import { type UnaryDeps, unaryHandler } from './unary.ts';

type MethodName = keyof typeof wire.TokenVaultService;

/** The methods of `tokenvault.v1.TokenVault` as the server reads and writes them. */
export const TOKEN_VAULT_DEFINITION = {
  exchangeCode: strictMethod(wire.TokenVaultService.exchangeCode, wire.ExchangeCodeRequest),
  getAccessToken: strictMethod(wire.TokenVaultService.getAccessToken, wire.GetAccessTokenRequest, {
    requestsRecur: true,
  }),
  revokeUser: strictMethod(wire.TokenVaultService.revokeUser, wire.RevokeUserRequest),
  getUser: strictMethod(wire.TokenVaultService.getUser, wire.GetUserRequest),
} satisfies ServiceDefinition & Record<MethodName, unknown>;

/** The handlers of those methods. */
export function tokenVaultHandlers(deps: UnaryDeps) {
  return {
    exchangeCode: unaryHandler(exchangeCodeRpc, wire.ExchangeCodeResponse, deps),
    getAccessToken: unaryHandler(getAccessTokenRpc, wire.GetAccessTokenResponse, deps),
    revokeUser: unaryHandler(revokeUserRpc, wire.RevokeUserResponse, deps),
    getUser: unaryHandler(getUserRpc, wire.GetUserResponse, deps),
  } satisfies UntypedServiceImplementation & Record<MethodName, unknown>;
}
