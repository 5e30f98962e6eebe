import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { CallRecords } from '../../../src/grpc/call-records.ts';
import { getAccessTokenRpc } from '../../../src/grpc/get-access-token-rpc.ts';
import { getUserRpc } from '../../../src/grpc/get-user-rpc.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const WHO = { caller: { id: 'spiffe://td/worker', proof: 'spiffe' as const }, requestId: 'req-1' };
const OK = { code: status.OK, elapsedMs: 1.234_5 };
const REVOKED = {
  code: status.FAILED_PRECONDITION,
  failure: new Failure('USER_REVOKED', { detail: 'the record says so' }),
  elapsedMs: 2,
};

function recordsOf(rpc: ConstructorParameters<typeof CallRecords>[0]) {
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  return { logger, metrics, records: new CallRecords(rpc, { logger, metrics }) };
}

describe('the records of calls', () => {
  it('count and time each call, and tell of it', () => {
    const { logger, metrics, records } = recordsOf(getUserRpc);
    records.ended(WHO, OK);
    const method = 'GetUser';
    expect(metrics.recorded).toEqual([
      { name: 'tokenvault_rpc_seconds', value: 0.001_234_5, labels: { method } },
      { name: 'tokenvault_rpc_total', value: 1, labels: { method, code: 'OK', reason: '' } },
    ]);
    const { id: caller, proof } = WHO.caller;
    const fields = { method, code: 'OK', caller, proof, requestId: 'req-1' };
    expect(logger.lines).toEqual([
      { level: 'info', event: 'rpc', ...fields, durationMs: 1.23, reason: undefined },
    ]);
  });

  it('tell of a GetAccessToken that ended well at level debug', () => {
    const { logger, records } = recordsOf(getAccessTokenRpc);
    records.ended(WHO, OK);
    expect(logger.lines).toMatchObject([
      { level: 'debug', event: 'rpc', method: 'GetAccessToken', code: 'OK', requestId: 'req-1' },
    ]);
  });

  it('ask nothing about it where debug lines are not written', () => {
    const { logger, metrics, records } = recordsOf(getAccessTokenRpc);
    logger.writesDebug = false;
    const unasked = {
      get caller(): never {
        throw new Error('asked');
      },
      get requestId(): never {
        throw new Error('asked');
      },
    };
    records.ended(unasked, OK);
    expect(logger.lines).toEqual([]);
    expect(metrics.labelsOf('tokenvault_rpc_total')).toHaveLength(1);
  });

  it('tell of every failure, with its reason', () => {
    for (const rpc of [getUserRpc, getAccessTokenRpc]) {
      const { logger, metrics, records } = recordsOf(rpc);
      logger.writesDebug = false;
      records.ended(WHO, REVOKED);
      const fields = { code: 'FAILED_PRECONDITION', reason: 'USER_REVOKED' };
      expect(metrics.labelsOf('tokenvault_rpc_total')).toMatchObject([fields]);
      expect(logger.lines).toMatchObject([{ level: 'info', event: 'rpc', ...fields }]);
    }
  });
});
