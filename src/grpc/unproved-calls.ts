import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import type { Failure } from '../domain/failure.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import { CallRecords, type CallRecordsDeps } from './call-records.ts';
import type { CallerIdentities } from './callers/caller-identities.ts';
import type { OpenedStream } from './grpc-internals.ts';
import { OpenCall, type OpenCallDeps } from './open-call.ts';
import type { Refusals } from './refusals.ts';
import { answerStream, dropStream, statusHeaders } from './refused-stream.ts';
import { rpcAt } from './rpc-paths.ts';
import { statusOf } from './status.ts';
import { TOKEN_VAULT_ADMIN_RPCS } from './token-vault-admin-service.ts';
import { TOKEN_VAULT_RPCS } from './token-vault-service.ts';

/** Whoever asks whether the port is alive, such as a load balancer, has no credential. */
const SERVED_TO_ALL = '/grpc.health.v1.Health/Check';

export interface UnprovedCallsDeps extends CallRecordsDeps, Omit<OpenCallDeps, 'records'> {
  readonly refusalOf: NonNullable<CallerIdentities['refusalOf']>;
  readonly refusals: Refusals;
}

/**
 * Refuses calls whose headers show already that they name nobody, so that nothing of their requests
 * is read. They are audited, counted and logged as if their handler had refused them.
 */
export class UnprovedCalls {
  readonly #deps: UnprovedCallsDeps;
  readonly #records: ReadonlyMap<RpcName, CallRecords>;

  constructor(deps: UnprovedCallsDeps) {
    this.#deps = deps;
    const rpcs = [...TOKEN_VAULT_RPCS, ...TOKEN_VAULT_ADMIN_RPCS];
    this.#records = new Map(rpcs.map((rpc) => [rpc.name, new CallRecords(rpc, deps)]));
  }

  /** Whether the call was refused: then it is answered here. */
  refuses({ stream, headers }: Pick<OpenedStream, 'stream' | 'headers'>): boolean {
    if (headers[':path'] === SERVED_TO_ALL) return false;
    const failure = this.#deps.refusalOf(headers.authorization);
    if (failure === undefined) return false;
    dropStream(stream);
    this.#refuse(stream, headers, failure);
    return true;
  }

  #refuse(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, failure: Failure): void {
    const requestId = requestIdFrom(headers['x-request-id'], this.#deps.random);
    const rpc = rpcAt(headers[':path']);
    const records = rpc && this.#records.get(rpc);
    if (records === undefined) {
      this.#deps.refusals.note('call_refused', failure.detail ?? '');
      answerStream(stream, statusHeaders(statusOf(failure, requestId)));
      return;
    }
    const metadata = new Metadata();
    metadata.set('x-request-id', requestId);
    const call = { metadata, deadline: Number.POSITIVE_INFINITY };
    const send = (answer: Partial<StatusObject> | null) =>
      answerStream(stream, statusHeaders(answer ?? {}));
    new OpenCall(call, send, { ...this.#deps, records }).fail(failure);
  }
}
