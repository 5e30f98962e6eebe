import type { CallContext } from '../domain/caller.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import type { TokenVault } from '../service/token-vault.ts';

/** How one RPC gets from its wire message to a use case and back; nothing in it knows gRPC. */
export interface UnaryRpc<Wire, Request, Reply, WireReply> {
  readonly name: RpcName;
  /** @throws Failure FIELD_INVALID with every field that is wrong */
  readRequest(message: Wire): Request;
  /** A plain value where the use case answers without waiting. */
  run(vault: TokenVault, request: Request, context: CallContext): Reply | Promise<Reply>;
  writeReply(reply: Reply): WireReply;
  /** Whether `run` answers with the very same object again, so that its bytes are worth keeping. */
  readonly repliesRecur?: boolean;
}
