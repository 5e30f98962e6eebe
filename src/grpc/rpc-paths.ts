import { RPC_NAMES, type RpcName } from '../domain/rpc-name.ts';
import { TOKEN_VAULT_ADMIN_DEFINITION } from './token-vault-admin-service.ts';
import { TOKEN_VAULT_DEFINITION } from './token-vault-service.ts';

const METHODS = [
  ...Object.values(TOKEN_VAULT_DEFINITION),
  ...Object.values(TOKEN_VAULT_ADMIN_DEFINITION),
];

const BY_PATH: ReadonlyMap<string, RpcName> = new Map(
  METHODS.flatMap(({ path }) => {
    const name = RPC_NAMES.find((each) => path.endsWith(`/${each}`));
    return name === undefined ? [] : [[path, name]];
  }),
);

/** The RPC that the `:path` of a call names; undefined where it is of another service. */
export function rpcAt(path: string | undefined): RpcName | undefined {
  return BY_PATH.get(path ?? '');
}
