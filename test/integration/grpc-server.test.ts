import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import {
  ExchangeCodeRequest,
  GetUserRequest,
  RevokeUserRequest,
} from '../../src/gen/tokenvault/v1/token_vault.ts';
import {
  EXCHANGED,
  HandWrittenTokenVault,
  ISSUED,
  REVOKED,
} from '../support/fakes/hand-written-token-vault.ts';
import {
  answerOf,
  errorOf,
  getAccessToken,
  OPERATOR,
  READER,
  type RunningGrpcServer,
  runGrpcServer,
  sendRaw,
} from '../support/running-grpc-server.ts';
import { statusDetails } from '../support/status-details.ts';

let running: RunningGrpcServer;

beforeAll(async () => {
  running = await runGrpcServer();
});

afterAll(async () => {
  running.client.close();
  await running.server.stop(0);
});

beforeEach(() => {
  const { vault, logger, metrics } = running;
  Object.assign(vault, new HandWrittenTokenVault());
  logger.lines.length = 0;
  metrics.recorded.length = 0;
});

describe('the gRPC server', () => {
  it('hands ExchangeCode to its use case', async () => {
    const request = ExchangeCodeRequest.fromPartial({ code: '4/code', nonce: 'n' });
    const answer = await answerOf((done) => running.client.exchangeCode(request, done));
    expect(answer).toMatchObject({
      reply: { userId: EXCHANGED.userId, profile: EXCHANGED.profile },
    });
    expect(running.vault.requests).toMatchObject([{ oauthClient: 'default', nonce: 'n' }]);
    expect(running.vault.contexts).toMatchObject([{ caller: { id: OPERATOR } }]);
  });

  it('hands GetAccessToken to its use case, which may answer at once or later', async () => {
    const token = {
      reply: {
        accessToken: ISSUED.accessToken.reveal(),
        tokenType: 'Bearer',
        expireTime: new Date(ISSUED.expireTime),
        scopes: ISSUED.scopes,
      },
    };
    expect(await getAccessToken(running.client)).toEqual(token);
    running.vault.onGetAccessToken = async () => ISSUED;
    expect(await getAccessToken(running.client)).toEqual(token);
  });

  it('hands RevokeUser to its use case', async () => {
    const request = RevokeUserRequest.fromPartial({ userId: '1', reason: 'closed' });
    const answer = await answerOf((done) => running.client.revokeUser(request, done));
    expect(answer).toMatchObject({ reply: { effectiveTime: new Date(REVOKED.effectiveTime) } });
    expect(running.vault.requests).toMatchObject([{ userId: '1', reason: 'closed' }]);
  });

  it('hands GetUser to its use case', async () => {
    const request = GetUserRequest.fromPartial({ userId: '1' });
    const answer = await answerOf((done) => running.client.getUser(request, done));
    expect(answer).toMatchObject({ reply: { user: { externalUserId: '', grants: [] } } });
  });
});

describe('a failure', () => {
  it('reaches the caller with all its details', async () => {
    running.vault.onGetAccessToken = async () => {
      throw new Failure('PROVIDER_RATE_LIMITED', {
        metadata: { oauthClient: 'default' },
        retryAfterMs: 1_500,
        detail: 'canary',
      });
    };
    const error = await errorOf(getAccessToken(running.client, { requestId: 'req-7' }));
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(error.metadata.get('grpc-retry-pushback-ms')).toEqual(['1500']);
    expect(statusDetails(error.metadata).details).toMatchObject({
      ErrorInfo: { reason: 'PROVIDER_RATE_LIMITED', metadata: { oauthClient: 'default' } },
      RequestInfo: { requestId: 'req-7' },
      RetryInfo: { retryDelay: { seconds: 1, nanos: 500_000_000 } },
    });
    expect(JSON.stringify([error.message, error.details])).not.toContain('canary');
  });

  it('names every field that is wrong', async () => {
    const request = { userId: '', minTtl: { seconds: -1, nanos: 0 } };
    const error = await errorOf(getAccessToken(running.client, { request }));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    const { fieldViolations } = statusDetails(error.metadata).details.BadRequest;
    expect(fieldViolations).toMatchObject([{ field: 'user_id' }, { field: 'min_ttl' }]);
    expect(running.vault.requests).toEqual([]);
  });

  it.each<[string, (vault: HandWrittenTokenVault) => void]>([
    [
      'that is thrown at once',
      (vault) => {
        vault.onGetAccessToken = () => {
          throw new TypeError('canary');
        };
      },
    ],
    [
      'that is thrown later',
      (vault) => {
        vault.onGetAccessToken = () => Promise.reject(new TypeError('canary'));
      },
    ],
    [
      'to encode the answer',
      (vault) => {
        vault.onGetAccessToken = () => ({ ...ISSUED, expireTime: Number.NaN });
      },
    ],
    [
      'to encode a later answer',
      (vault) => {
        vault.onGetAccessToken = async () => ({ ...ISSUED, expireTime: Number.NaN });
      },
    ],
  ])('that nobody foresaw, %s, is INTERNAL and says nothing', async (_what, arrange) => {
    arrange(running.vault);
    const error = await errorOf(getAccessToken(running.client, { requestId: 'req-8' }));
    expect(error.code).toBe(status.INTERNAL);
    expect(statusDetails(error.metadata)).toMatchObject({
      message: 'An unexpected error happened; quote the request id.',
      details: { ErrorInfo: { reason: 'INTERNAL' }, RequestInfo: { requestId: 'req-8' } },
    });
    expect(running.logger.lines).toMatchObject([
      { level: 'error', event: 'unexpected_error', requestId: 'req-8' },
      { event: 'rpc', code: 'INTERNAL' },
    ]);
    expect(JSON.stringify(running.logger.lines)).not.toContain('canary');
  });
});

describe('a request', () => {
  it('that is larger than 64 KiB is refused by the library', async () => {
    const request = { scopes: ['s'.repeat(65_536)] };
    const error = await errorOf(getAccessToken(running.client, { request }));
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(error.metadata.get('grpc-status-details-bin')).toEqual([]);
  });

  it.each([
    ['with invalid UTF-8', Buffer.from([0x0a, 2, 0xff, 0xfe])],
    ['that is no protobuf', Buffer.from([0x0a, 9, 0x41])],
  ])('%s is FIELD_INVALID', async (_what, message) => {
    const operator = await running.authority.issueClient(OPERATOR);
    const trailers = await sendRaw(running, operator, message);
    expect(trailers.get('grpc-status')).toEqual([String(status.INVALID_ARGUMENT)]);
    expect(statusDetails(trailers).details.ErrorInfo.reason).toBe('FIELD_INVALID');
    expect(running.vault.requests).toEqual([]);
  });

  it('that may not be made is refused before anything of it is looked at', async () => {
    const reader = await running.authority.issueClient(READER);
    const trailers = await sendRaw(running, reader, Buffer.from([0x0a, 9, 0x41]));
    expect(statusDetails(trailers).details.ErrorInfo.reason).toBe('CALLER_NOT_ALLOWED');
  });

  it('keeps a sane request id, and gets one for any other', async () => {
    const sane = 'A-z_0.9'.padEnd(64, 'x');
    for (const requestId of [sane, `${sane}x`, 'a b', undefined]) {
      await getAccessToken(running.client, { requestId });
    }
    const [kept, ...made] = running.vault.contexts.map((context) => context.requestId);
    expect(kept).toBe(sane);
    expect(made).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{32}$/)));
  });
});

describe('each call', () => {
  it('is counted, timed and logged once, without its content', async () => {
    await getAccessToken(running.client, { requestId: 'req-9', request: { userId: 'canary' } });
    const { logger, metrics } = running;
    expect(metrics.labelsOf('tokenvault_rpc_total')).toEqual([
      { method: 'GetAccessToken', code: 'OK', reason: '' },
    ]);
    expect(metrics.labelsOf('tokenvault_rpc_seconds')).toEqual([{ method: 'GetAccessToken' }]);
    expect(logger.lines).toMatchObject([
      {
        level: 'debug',
        event: 'rpc',
        method: 'GetAccessToken',
        code: 'OK',
        caller: OPERATOR,
        requestId: 'req-9',
      },
    ]);
    expect(JSON.stringify(logger.lines)).not.toMatch(/canary|issued-access-token/);
  });

  it('that fails is counted and logged with its reason', async () => {
    running.vault.onGetAccessToken = () => {
      throw new Failure('USER_REVOKED', { detail: 'the record says so' });
    };
    await getAccessToken(running.client);
    const fields = { code: 'FAILED_PRECONDITION', reason: 'USER_REVOKED' };
    const { logger, metrics } = running;
    expect(metrics.labelsOf('tokenvault_rpc_total')).toMatchObject([fields]);
    expect(logger.lines).toMatchObject([{ ...fields, detail: 'the record says so' }]);
  });
});
