import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller } from '../../domain/caller.ts';
import type { Failure } from '../../domain/failure.ts';

/** What is looked at of a call to tell who makes it. */
export type PeerCall = Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext' | 'metadata'>;

/** Says who makes a call. */
export interface CallerIdentities {
  /**
   * A plain value wherever nothing has to be waited for. The same caller is the same object for as
   * long as its credential is remembered. Rejects as it throws.
   * @throws Failure CALLER_CREDENTIAL_INVALID; NOT_READY
   */
  of(call: PeerCall): Caller | Promise<Caller>;
  /**
   * What `of` would throw of a call with this `authorization`, whatever else is in it; undefined where
   * more has to be looked at. Absent where connections prove callers.
   */
  refusalOf?(authorization: string | undefined): Failure | undefined;
}
