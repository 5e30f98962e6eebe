import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { REASONS, type Reason } from '../../../src/domain/reasons.ts';
import { STATUS_OF, statusOf } from '../../../src/grpc/status.ts';
import { statusDetails } from '../../support/status-details.ts';

const ALL = Object.keys(STATUS_OF) as Reason[]; // keyed by Reason, which Object.keys forgets

describe('the status of a failure', () => {
  it.each(ALL)('%s says its reason, its sentence and the request', (reason) => {
    const answer = statusOf(new Failure(reason), 'request-1');
    const { code, message, details } = statusDetails(answer.metadata);
    expect([answer.code, answer.details]).toEqual([STATUS_OF[reason], REASONS[reason].message]);
    expect([code, message]).toEqual([answer.code, answer.details]);
    expect(details.ErrorInfo).toMatchObject({ reason, domain: 'tokenvault', metadata: {} });
    expect(details.RequestInfo).toMatchObject({ requestId: 'request-1' });
  });

  it.each(ALL)('%s names a wait where a retry helps, and forbids it elsewhere', (reason) => {
    const { metadata } = statusOf(new Failure(reason), 'request-1');
    const wait = REASONS[reason].retryAfterMs;
    if (reason !== 'REVOCATION_IN_PROGRESS') {
      expect(metadata.get('grpc-retry-pushback-ms')).toEqual([String(wait ?? -1)]);
    }
    expect('RetryInfo' in statusDetails(metadata).details).toBe(wait !== undefined);
  });

  it('REVOCATION_IN_PROGRESS names a wait, and forbids gRPC to send the same code after it', () => {
    const { metadata } = statusOf(new Failure('REVOCATION_IN_PROGRESS'), 'request-1');
    expect(metadata.get('grpc-retry-pushback-ms')).toEqual(['-1']);
    expect('RetryInfo' in statusDetails(metadata).details).toBe(true);
  });

  it('allows a retry for every UNAVAILABLE', () => {
    const unavailable = ALL.filter((reason) => STATUS_OF[reason] === status.UNAVAILABLE);
    expect(unavailable.filter((reason) => REASONS[reason].retryAfterMs === undefined)).toEqual([]);
  });

  it.each([
    [1_500, '1500', { seconds: 1, nanos: 500_000_000 }],
    [999.000001, '1000', { seconds: 1, nanos: 0 }],
    [0.2, '1', { seconds: 0, nanos: 1_000_000 }],
    [-5, '0', { seconds: 0, nanos: 0 }],
  ])('rounds a wait of %d ms up', (retryAfterMs, pushback, retryDelay) => {
    const { metadata } = statusOf(new Failure('CALLER_RATE_LIMITED', { retryAfterMs }), 'r');
    expect(metadata.get('grpc-retry-pushback-ms')).toEqual([pushback]);
    expect(statusDetails(metadata).details.RetryInfo).toMatchObject({ retryDelay });
  });

  it('carries the metadata of the failure, keys like __proto__ included', () => {
    const pairs = JSON.parse('{"missingScopes": "a b", "__proto__": "x"}');
    const { metadata } = statusOf(new Failure('SCOPE_NOT_GRANTED', { metadata: pairs }), 'r');
    const { details } = statusDetails(metadata);
    expect(details.ErrorInfo.metadata).toMatchObject({ missingScopes: 'a b' });
  });

  it('cuts a long list at a whole name', () => {
    const scopes = Array.from({ length: 50 }, (_, index) => `${'s'.repeat(250)}${index}`);
    const metadata = { missingScopes: scopes.join(' ') };
    const answer = statusOf(new Failure('SCOPE_NOT_GRANTED', { metadata }), 'r');
    const { details } = statusDetails(answer.metadata);
    expect(details.ErrorInfo.metadata.missingScopes).toBe(scopes.slice(0, 4).join(' '));
  });

  it('names every field that is wrong', () => {
    const violations = [
      { field: 'user_id', description: 'The field must be set.' },
      { field: 'scopes[1]', description: 'The field must be short.' },
    ];
    const { metadata } = statusOf(new Failure('FIELD_INVALID', { violations }), 'r');
    const { fieldViolations } = statusDetails(metadata).details.BadRequest;
    expect(fieldViolations).toEqual(violations.map((one) => expect.objectContaining(one)));
  });

  it.each(['USER_REVOKED', 'USER_RECONSENT_REQUIRED'] as const)(
    '%s says which grant has ended',
    (reason) => {
      const failure = new Failure(reason, { metadata: { oauthClient: 'web' } });
      const { details } = statusDetails(statusOf(failure, 'r').metadata);
      expect(details.PreconditionFailure.violations).toEqual([
        expect.objectContaining({ type: reason, subject: 'web' }),
      ]);
    },
  );

  it('keeps the private detail private', () => {
    const { details, metadata } = statusOf(new Failure('INTERNAL', { detail: 'canary' }), 'r');
    const bytes = Buffer.concat(
      metadata.get('grpc-status-details-bin').map((one) => Buffer.from(one)),
    );
    expect(`${details} ${bytes.toString('latin1')}`).not.toContain('canary');
  });
});
