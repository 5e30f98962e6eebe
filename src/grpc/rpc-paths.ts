import { RPC_NAMES, type RpcName } from '../domain/rpc-name.ts';

const BY_PATH: ReadonlyMap<string, RpcName> = new Map(
  RPC_NAMES.map((name) => [`/tokenvault.v1.TokenVault/${name}`, name]),
);

/** The RPC that the `:path` of a call names; undefined where it is of another service. */
export function rpcAt(path: string | undefined): RpcName | undefined {
  return BY_PATH.get(path ?? '');
}
