import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import * as wire from '../gen/tokenvault/admin/v1/token_vault_admin.ts';
import { bytesMethod } from './bytes-method.ts';
import type { RecordedRpc } from './call-records.ts';
import { importGrantRpc } from './import-grant-rpc.ts';
import { listUsersRpc } from './list-users-rpc.ts';
import { type UnaryDeps, unaryHandler } from './unary.ts';

type MethodName = keyof typeof wire.TokenVaultAdminService;

/** The methods of `tokenvault.admin.v1.TokenVaultAdmin` as the handlers take and give them. */
export const TOKEN_VAULT_ADMIN_DEFINITION = {
  listUsers: bytesMethod(wire.TokenVaultAdminService.listUsers),
  importGrant: bytesMethod(wire.TokenVaultAdminService.importGrant),
} satisfies ServiceDefinition & Record<MethodName, unknown>;

const LIST_USERS = { request: wire.ListUsersRequest, reply: wire.ListUsersResponse };
const IMPORT_GRANT = { request: wire.ImportGrantRequest, reply: wire.ImportGrantResponse };

export const TOKEN_VAULT_ADMIN_RPCS: readonly RecordedRpc[] = [listUsersRpc, importGrantRpc];

/** The handlers of those methods. */
export function tokenVaultAdminHandlers(deps: UnaryDeps) {
  return {
    listUsers: unaryHandler(listUsersRpc, LIST_USERS, deps),
    importGrant: unaryHandler(importGrantRpc, IMPORT_GRANT, deps),
  } satisfies UntypedServiceImplementation & Record<MethodName, unknown>;
}
