import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import { REASONS, type Reason } from '../../src/domain/reasons.ts';
import {
  ExchangeCodeRequest,
  GetUserRequest,
  RevokeUserRequest,
} from '../../src/gen/tokenvault/v1/token_vault.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { EXCHANGED, ISSUED, REVOKED, USER } from '../support/fakes/hand-written-token-vault.ts';
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

const CALLER = { id: OPERATOR, proof: 'spiffe' } as const;
const ASKED = { userId: '1', oauthClient: 'default', scopes: ['openid'] };

let running: RunningGrpcServer;

beforeEach(async () => {
  running = await runGrpcServer();
});

afterEach(async () => {
  running.client.close();
  await running.server.stop(0);
});

/** What the audit was told of, with its subjects as objects. */
function decisions() {
  return running.audit.decisions.map(({ subject, failure, ...rest }) => ({
    ...rest,
    ...(failure && { reason: failure.reason, deniedBy: failure.metadata.deniedBy }),
    subject: subject === '' ? undefined : JSON.parse(subject),
  }));
}

async function reasonOf(call: ReturnType<typeof getAccessToken>): Promise<string> {
  return statusDetails((await errorOf(call)).metadata).details.ErrorInfo.reason;
}

describe('a call that is answered', () => {
  it('has one decision: who asked for what, and what was handed out', async () => {
    await getAccessToken(running.client, { requestId: 'req-1' });
    const { generation, scopes } = ISSUED;
    const subject = { ...ASKED, scopes, generation, token: 'a token' };
    expect(decisions()).toEqual([
      { method: 'GetAccessToken', caller: CALLER, requestId: 'req-1', code: 'OK', subject },
    ]);
  });

  it('is described again when it recurs, with nothing of the one before', async () => {
    await getAccessToken(running.client);
    await getAccessToken(running.client);
    running.vault.onGetAccessToken = () => ({ ...ISSUED, generation: 9 });
    await getAccessToken(running.client);
    expect(decisions().map(({ subject }) => subject.generation)).toEqual([4, 4, 9]);
  });

  it.each([
    [
      'ExchangeCode',
      () => {
        const request = ExchangeCodeRequest.fromPartial({ code: '4/canary', expectedUserId: '2' });
        return answerOf((done) => running.client.exchangeCode(request, done));
      },
      {
        userId: EXCHANGED.userId,
        oauthClient: 'default',
        scopes: EXCHANGED.grantedScopes,
        generation: EXCHANGED.generation,
      },
    ],
    [
      'RevokeUser',
      () => {
        const request = RevokeUserRequest.fromPartial({ userId: '1' });
        return answerOf((done) => running.client.revokeUser(request, done));
      },
      { userId: '1', generation: REVOKED.generation },
    ],
    [
      'GetUser',
      () =>
        answerOf((done) =>
          running.client.getUser(GetUserRequest.fromPartial({ externalUserId: '42' }), done),
        ),
      { userId: USER.userId, externalUserId: '42', generation: USER.generation },
    ],
  ])('by %s says whom it was about, and of which generation', async (method, call, subject) => {
    await call();
    expect(decisions()).toMatchObject([{ method, caller: CALLER, code: 'OK', subject }]);
    expect(JSON.stringify(decisions())).not.toContain('canary');
  });
});

describe('a call that is refused', () => {
  it.each(Object.keys(REASONS) as Reason[])(
    'with %s has one decision that says so',
    async (reason) => {
      running.vault.onGetAccessToken = async () => {
        throw new Failure(reason, { metadata: { deniedBy: 'user' } });
      };
      const { code } = await errorOf(getAccessToken(running.client));
      expect(decisions()).toMatchObject([
        { caller: CALLER, code: status[code], reason, deniedBy: 'user', subject: ASKED },
      ]);
    },
  );

  it('names the name that was asked for', async () => {
    running.vault.onExchangeCode = async () => {
      throw new Failure('USER_MISMATCH');
    };
    const request = ExchangeCodeRequest.fromPartial({ code: '4/0', externalUserId: '42' });
    await errorOf(answerOf((done) => running.client.exchangeCode(request, done)));
    expect(decisions()).toMatchObject([
      { reason: 'USER_MISMATCH', subject: { externalUserId: '42' } },
    ]);
  });

  it('for a defect of ours has one decision', async () => {
    running.vault.onGetAccessToken = () => {
      throw new TypeError('canary');
    };
    await getAccessToken(running.client);
    expect(decisions()).toMatchObject([{ code: 'INTERNAL', reason: 'INTERNAL', subject: ASKED }]);
  });

  it('because nobody was proved names nobody, and nothing of a request that was not read', async () => {
    const client = running.clientOf(await running.authority.issueClient('https://not.spiffe'));
    await getAccessToken(client);
    client.close();
    expect(decisions()).toMatchObject([
      { caller: undefined, code: 'UNAUTHENTICATED', subject: undefined },
    ]);
  });

  it('because the policy denies the RPC says who it was', async () => {
    const client = running.clientOf(await running.authority.issueClient(READER));
    await getAccessToken(client);
    client.close();
    const caller = { id: READER, proof: 'spiffe' };
    expect(decisions()).toMatchObject([
      { caller, reason: 'CALLER_NOT_ALLOWED', deniedBy: 'rpc', subject: undefined },
    ]);
  });

  it('because its message cannot be read has one decision', async () => {
    const pair = await running.authority.issueClient(OPERATOR);
    await sendRaw(running, pair, Buffer.from([0xff, 0xff]));
    expect(decisions()).toMatchObject([{ caller: CALLER, reason: 'FIELD_INVALID' }]);
  });

  it('because its deadline passed has one decision, and its late answer none', async () => {
    let answer = (): void => undefined;
    running.vault.onGetAccessToken = () =>
      new Promise((resolve) => {
        answer = () => resolve(ISSUED);
      });
    await getAccessToken(running.client, { timeoutMs: 200 });
    await expect.poll(() => running.audit.decisions.length).toBe(1);
    answer();
    await getAccessToken(running.client, { request: { userId: '' } });
    expect(decisions()).toMatchObject([
      { code: 'DEADLINE_EXCEEDED', subject: ASKED },
      { reason: 'FIELD_INVALID' },
    ]);
  });
});

describe('too many calls', () => {
  it('have a decision each', async () => {
    const limits = { ...DEFAULT_GRPC_LIMITS, callsInFlight: 1 };
    const small = await runGrpcServer(systemClock, limits);
    let answer = (): void => undefined;
    small.vault.onGetAccessToken = () =>
      new Promise((resolve) => {
        answer = () => resolve(ISSUED);
      });
    const first = getAccessToken(small.client);
    await expect.poll(() => small.vault.requests.length).toBe(1);
    await getAccessToken(small.client);
    answer();
    await first;
    expect(small.audit.decisions.map(({ failure }) => failure?.reason)).toEqual([
      'NOT_READY',
      undefined,
    ]);
    small.client.close();
    await small.server.stop(0);
  });
});

describe('an audit that cannot be written', () => {
  it('keeps nobody from an answer where it is not required', async () => {
    running.audit.writable = false;
    expect(await getAccessToken(running.client)).toHaveProperty('reply');
  });

  it('makes calls fail before anything is begun where it is', async () => {
    Object.assign(running.audit, { required: true, writable: false });
    expect(await reasonOf(getAccessToken(running.client))).toBe('NOT_READY');
    expect(running.vault.requests).toEqual([]);
  });

  it('keeps an answer back that was made already', async () => {
    running.audit.required = true;
    running.vault.onGetAccessToken = () => {
      running.audit.writable = false;
      return ISSUED;
    };
    const error = await errorOf(getAccessToken(running.client));
    expect(statusDetails(error.metadata).details).toMatchObject({
      ErrorInfo: { reason: 'NOT_READY' },
      RetryInfo: {},
    });
    const labels = { method: 'GetAccessToken', code: 'UNAVAILABLE', reason: 'NOT_READY' };
    expect(running.metrics.recorded).toContainEqual({
      name: 'tokenvault_rpc_total',
      value: 1,
      labels,
    });
    expect(JSON.stringify(running.logger.lines)).not.toContain('"code":"OK"');
  });

  it('keeps nobody from revoking', async () => {
    Object.assign(running.audit, { required: true, writable: false });
    const request = RevokeUserRequest.fromPartial({ userId: '1' });
    expect(await answerOf((done) => running.client.revokeUser(request, done))).toHaveProperty(
      'reply',
    );
  });

  it('is no hindrance any more once it can be', async () => {
    Object.assign(running.audit, { required: true, writable: false });
    await getAccessToken(running.client);
    running.audit.writable = true;
    expect(await getAccessToken(running.client)).toHaveProperty('reply');
    expect(decisions()).toMatchObject([{ code: 'OK' }]);
  });
});
