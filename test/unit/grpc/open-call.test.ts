import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { batchGetAccessTokensRpc } from '../../../src/grpc/batch-get-access-tokens-rpc.ts';
import { CallRecords } from '../../../src/grpc/call-records.ts';
import { CallsInFlight } from '../../../src/grpc/calls-in-flight.ts';
import { OpenCall } from '../../../src/grpc/open-call.ts';
import { MemoryAuditLog } from '../../support/fakes/memory-audit-log.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const LINES = ['first', 'second', 'last'].map((subject) => ({ subject }));
const REPLY = { bytes: Buffer.from('tokens'), lines: LINES };

/** A call for several users, and what it was answered. */
function arrange() {
  const clock = new ManualClock();
  const audit = new MemoryAuditLog();
  const settle: ((written: boolean) => void)[] = [];
  audit.record = (_, settled) => void settle.push(settled);
  const answers: unknown[] = [];
  const observed = { logger: new RecordingLogger(), metrics: new RecordingMetrics() };
  const call = new OpenCall(
    { metadata: new Metadata(), deadline: clock.monotonic() + 1_000 },
    (error, reply) => void answers.push(error?.code ?? reply),
    {
      clock,
      audit,
      random: { id: () => 'request', unit: () => 0.5 },
      calls: new CallsInFlight(1),
      records: new CallRecords(batchGetAccessTokensRpc, observed),
    },
  );
  return { clock, audit, settle, answers, call };
}

describe('an answer with several lines for the audit', () => {
  it('leaves when the last of them is written', () => {
    const { settle, answers, call } = arrange();
    call.succeed(REPLY);
    for (const settled of settle.slice(0, 2)) settled(true);
    expect(answers).toEqual([]);
    settle[2]?.(true);
    expect(answers).toEqual([REPLY.bytes]);
  });

  it('does not leave where the audit is required and only some of them are written', () => {
    const { audit, settle, answers, call } = arrange();
    audit.required = true;
    call.succeed(REPLY);
    for (const [place, settled] of settle.entries()) settled(place < 2);
    expect(answers).toEqual([status.UNAVAILABLE]);
  });
});

describe('a call that has ended by its deadline', () => {
  it('does not look at the answer that comes later', async () => {
    const { clock, call } = arrange();
    let looked = 0;
    const late = new Promise<void>((resolve) => clock.schedule(2_000, resolve));
    const ended = call.succeedWith(late, () => {
      looked += 1;
      return REPLY;
    });
    await clock.advance(2_000);
    await ended;
    expect(looked).toBe(0);
  });
});
