import { expect, it } from 'vitest';
import { AuditedCalls } from '../../../src/grpc/audited-calls.ts';
import { MemoryAuditLog } from '../../support/fakes/memory-audit-log.ts';

const rpc = {
  recurs: true,
  audited: { request: () => ({}), reply: () => ({}) },
};

it('describes a reply that recurs once, and anew when the audit has another key', () => {
  const audit = new MemoryAuditLog();
  let described = 0;
  audit.describe = () => {
    described += 1;
    return `${audit.keyId} ${described}`;
  };
  const calls = new AuditedCalls(rpc, audit);
  const reply = {};
  const subjects = () => [1, 2].map(() => calls.answered({}, reply)[0]?.subject);
  expect(subjects()).toEqual(['memory 1', 'memory 1']);
  audit.keyId = 'next';
  expect(subjects()).toEqual(['next 2', 'next 2']);
});
