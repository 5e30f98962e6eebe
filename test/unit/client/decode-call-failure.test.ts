import { inspect } from 'node:util';
import { Metadata, status } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RequestInfo, RetryInfo } from 'nice-grpc-error-details';
import { Status } from 'nice-grpc-error-details/lib/proto/google/rpc/status.js';
import { describe, expect, it } from 'vitest';
import { decodeCallFailure } from '../../../src/client/decode-call-failure.ts';

const detail = (name: string, value: Uint8Array) => ({
  $type: 'google.protobuf.Any' as const,
  typeUrl: `type.googleapis.com/google.rpc.${name}`,
  value,
});
const errorInfo = (reason: string, domain = 'tokenvault') =>
  detail(
    'ErrorInfo',
    ErrorInfo.encode(
      ErrorInfo.fromPartial({ reason, domain, metadata: { missingScopes: 'a b' } }),
    ).finish(),
  );
const requestInfo = (requestId: string) =>
  detail('RequestInfo', RequestInfo.encode(RequestInfo.fromPartial({ requestId })).finish());

function failed(code: number, details: ReturnType<typeof detail>[]) {
  const metadata = new Metadata();
  const bytes = Status.encode(Status.fromPartial({ code, message: 'planted', details })).finish();
  metadata.set('grpc-status-details-bin', Buffer.from(bytes));
  return { code, metadata };
}

describe('a failed call', () => {
  it('says what TokenVault’s details say', () => {
    const failure = decodeCallFailure(
      failed(status.ABORTED, [
        errorInfo('EXCHANGE_IN_PROGRESS'),
        requestInfo('r-1'),
        detail(
          'RetryInfo',
          RetryInfo.encode(
            RetryInfo.fromPartial({ retryDelay: { seconds: 2, nanos: 500_000_000 } }),
          ).finish(),
        ),
        detail(
          'BadRequest',
          BadRequest.encode(
            BadRequest.fromPartial({ fieldViolations: [{ field: 'code', description: 'Wrong.' }] }),
          ).finish(),
        ),
        detail('Help', new Uint8Array()),
      ]),
    );
    expect(failure).toMatchObject({
      code: 'ABORTED',
      reason: 'EXCHANGE_IN_PROGRESS',
      metadata: { missingScopes: 'a b' },
      retryAfterMs: 2_500,
      requestId: 'r-1',
      violations: [{ field: 'code', description: 'Wrong.' }],
      message: 'ABORTED: EXCHANGE_IN_PROGRESS',
    });
  });

  it('without details has its code alone', () => {
    expect(decodeCallFailure({ code: status.UNAVAILABLE })).toMatchObject({
      code: 'UNAVAILABLE',
      reason: undefined,
      metadata: {},
      retryAfterMs: undefined,
      violations: [],
      message: 'UNAVAILABLE',
    });
  });

  it.each([
    ['of another domain', errorInfo('CODE_REJECTED', 'elsewhere.example')],
    ['that this version does not know', errorInfo('REASON_OF_THE_FUTURE')],
    ['named like something every object has', errorInfo('toString')],
  ])('takes no reason %s', (_, info) => {
    expect(decodeCallFailure(failed(status.ABORTED, [info])).reason).toBeUndefined();
  });

  it('with broken details has its code alone', () => {
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from([0x1a, 0xff, 0xff]));
    expect(decodeCallFailure({ code: status.INTERNAL, metadata })).toMatchObject({
      code: 'INTERNAL',
      reason: undefined,
    });
  });

  it('without a connection says why there is none', () => {
    const details = 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1';
    const { UNAVAILABLE } = status;
    expect(decodeCallFailure({ code: UNAVAILABLE, details }).connection).toBe('NOTHING_LISTENS');
    const ofTokenVault = failed(UNAVAILABLE, [requestInfo('r-1')]);
    expect(decodeCallFailure({ ...ofTokenVault, details }).connection).toBeUndefined();
  });

  it.each([
    'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1',
    'Name resolution failed for target dns:nowhere:1',
    'Channel closed before call started',
    'Deadline exceeded after 0.051s,Waiting for LB pick',
  ])('is known never to have left where gRPC says %j', (details) => {
    expect(decodeCallFailure({ code: status.UNAVAILABLE, details }).sent).toBe(false);
    const ofTokenVault = failed(status.UNAVAILABLE, [requestInfo('r-1')]);
    expect(decodeCallFailure({ ...ofTokenVault, details }).sent).toBe(true);
  });

  it.each([
    'Connection dropped',
    'read ECONNRESET',
    'Deadline exceeded after 1s,remote_addr=::1:1',
  ])('may have left where gRPC says %j', (details) => {
    expect(decodeCallFailure({ code: status.UNAVAILABLE, details }).sent).toBe(true);
  });

  it('holds no text of the gRPC error, whatever prints it', () => {
    const error = Object.assign(new Error('planted'), {
      ...failed(status.INTERNAL, []),
      details: 'planted',
    });
    const failure = decodeCallFailure(error);
    expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('planted');
    expect(JSON.stringify(failure)).not.toContain('planted');
  });
});
