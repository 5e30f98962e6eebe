import { describe, expect, it } from 'vitest';
import {
  TokenVaultError,
  type TokenVaultErrorOptions,
} from '../../../src/client/token-vault-error.ts';
import { checkRights } from '../../../src/gateway/rights-check.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';

const REFUSED: TokenVaultErrorOptions = {
  code: 'PERMISSION_DENIED',
  reason: 'CALLER_NOT_ALLOWED',
  metadata: { deniedBy: 'rpc' },
};
const NO_SUCH_USER: TokenVaultErrorOptions = { code: 'NOT_FOUND', reason: 'USER_NOT_CONNECTED' };
const NO_SUCH_USER_OF_YOURS: TokenVaultErrorOptions = {
  ...REFUSED,
  metadata: { deniedBy: 'user' },
};
const CUT_OFF: TokenVaultErrorOptions = { code: 'UNAVAILABLE' };
const DRAINING: TokenVaultErrorOptions = { code: 'UNAVAILABLE', reason: 'NOT_READY' };

const RPCS = ['getUser', 'getAccessToken', 'batchGetAccessTokens', 'revokeUser'] as const;
type Rpc = (typeof RPCS)[number];

/** What is warned of, where each RPC is answered so, the last answer again and again; else refused. */
async function warnedOf(answers: Readonly<Partial<Record<Rpc, TokenVaultErrorOptions[]>>>) {
  const [clock, logger] = [new ManualClock(), new RecordingLogger()];
  const answer = (rpc: Rpc) => async () => {
    const left = answers[rpc] ?? [];
    const [next = REFUSED] = left.length > 1 ? left.splice(0, 1) : left;
    throw new TokenVaultError(next);
  };
  const connection = {
    getUser: answer('getUser'),
    getAccessToken: answer('getAccessToken'),
    batchGetAccessTokens: answer('batchGetAccessTokens'),
    revokeUser: answer('revokeUser'),
  };
  await clock.until(checkRights({ connection, clock, logger }, new AbortController().signal));
  return logger.lines.map(({ event, rpcs }) => [event, rpcs]);
}

describe('a gateway whose certificate', () => {
  it('opens ExchangeCode alone has nothing to say, also where TokenVault is away at first', async () => {
    expect(await warnedOf({ getUser: [REFUSED], getAccessToken: [REFUSED] })).toEqual([]);
    const late = { getUser: [CUT_OFF, DRAINING, REFUSED], getAccessToken: [CUT_OFF, REFUSED] };
    expect(await warnedOf(late)).toEqual([]);
  });

  it.each([
    ['of anybody', NO_SUCH_USER],
    ['of some users', NO_SUCH_USER_OF_YOURS],
    ['of anybody, were Vault there', { code: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' } as const],
  ])('opens tokens %s says so', async (_, answer) => {
    expect(await warnedOf({ getUser: [REFUSED], getAccessToken: [answer] })).toEqual([
      ['gateway_may_do_more', 'GetAccessToken'],
    ]);
    expect(await warnedOf({ getUser: [answer], getAccessToken: [answer] })).toEqual([
      ['gateway_may_do_more', 'GetUser, GetAccessToken'],
    ]);
  });

  it.each([
    ['revokeUser', 'RevokeUser'],
    ['batchGetAccessTokens', 'BatchGetAccessTokens'],
  ] as const)(
    'opens %s says so: it is asked without a user, which is refused later',
    async (rpc, name) => {
      const answer = { code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID' } as const;
      expect(await warnedOf({ [rpc]: [answer] })).toEqual([['gateway_may_do_more', name]]);
    },
  );

  it('asks no more when it stops', async () => {
    const [clock, logger, stopping] = [
      new ManualClock(),
      new RecordingLogger(),
      new AbortController(),
    ];
    let asked = 0;
    const ask = async () => {
      asked += 1;
      throw new TokenVaultError(CUT_OFF);
    };
    const done = checkRights(
      {
        connection: {
          getUser: ask,
          getAccessToken: ask,
          batchGetAccessTokens: ask,
          revokeUser: ask,
        },
        clock,
        logger,
      },
      stopping.signal,
    );
    await clock.advance(5_000);
    stopping.abort();
    await done;
    expect(asked).toBe(2);
    expect(logger.lines).toEqual([]);
  });
});
