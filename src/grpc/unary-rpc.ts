import type { AuditSubject } from '../domain/audit.ts';
import type { CallContext } from '../domain/caller.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import type { TokenVault } from '../service/token-vault.ts';

/** How one RPC gets from its wire message to a use case; nothing in it knows gRPC. */
export interface ServedRpc<Wire, Request, Reply> {
  readonly name: RpcName;
  /** @throws Failure FIELD_INVALID with every field that is wrong */
  readRequest(message: Wire): Request;
  /** A plain value where the use case answers without waiting. */
  run(vault: TokenVault, request: Request, context: CallContext): Reply | Promise<Reply>;
  /** How many of its caller's calls it counts for. Default: one. */
  countsFor?(request: Request): number;
  /** It is served, and answered, also where the audit demands a line that cannot be written. */
  readonly servedUnaudited?: boolean;
  /** Its calls that end well are told at level debug alone. */
  readonly quiet?: boolean;
}

/** An RPC whose calls are about one subject each, and the way back to its wire message. */
export interface UnaryRpc<Wire, Request, Reply, WireReply> extends ServedRpc<Wire, Request, Reply> {
  writeReply(reply: Reply): WireReply;
  /** What of a call goes into the audit: as its request names it, and as its reply says it. */
  readonly audited: {
    request(request: Request): AuditSubject;
    /** Wins over what the request names. */
    reply(reply: Reply): AuditSubject;
  };
  /**
   * Callers send the same request again and again, and `run` answers with the very same object: it is
   * worth keeping what was read and what was written.
   * Then all calls with one reply object are about the same subject. Not for requests that carry a secret.
   */
  readonly recurs?: boolean;
}
