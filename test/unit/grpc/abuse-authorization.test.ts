import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { GetAccessTokenResponse } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { type Handled, HandledCalls } from '../../support/handled-calls.ts';
import { DRIVE, EMAIL, GMAIL, World } from '../../support/replica-fixture.ts';
import { BOB, CANARY, CORP, caller, denied, get, POLICY, ROWS } from './abuse-rows.ts';

/** The service with Alice of corp.example and Bob of no domain in it; all of Alice’s tokens are cached. */
async function start() {
  const world = new World();
  const replica = await world.startReplica();
  const calls = new HandledCalls(world, replica, POLICY);
  const scopes = ['openid', EMAIL, DRIVE, GMAIL];
  await world.connect(replica.tokenVault, { scopes, ...CORP });
  await world.connect(replica.tokenVault, { sub: BOB, scopes });
  await calls.ask(caller('mail'), 'GetAccessToken', get({ scopes: [DRIVE, GMAIL] }));
  const upstream = () => ({
    google: world.google.requests.length,
    vault: world.vault.script.calls.filter((op) => /^(?:users|exchanges|clients)/.test(op)).length,
  });
  return { world, calls, upstream };
}

function textOf({ code, reason, metadata }: Handled): string {
  return [code, reason, metadata.deniedBy].filter((part) => part).join(' ');
}

describe('what a caller may not do', () => {
  let started: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    started = await start();
  });

  it.each(ROWS)('$row', async ({ by, rpc, fields, headers, answer, google = 0, vault = 0 }) => {
    const { world, calls, upstream } = started;
    const before = upstream();
    const handled = await calls.ask(caller(by), rpc, fields, headers);
    expect(textOf(handled)).toBe(answer);
    const after = upstream();
    expect(after.google - before.google, 'calls to Google').toBe(google);
    expect(after.vault - before.vault, 'calls to Vault').toBe(vault);
    const out = [handled.sent, world.logger.text(), JSON.stringify(world.metrics.recorded)];
    if (answer !== 'OK') expect(out.join('\n')).not.toContain(CANARY);
  });
});

describe('what a caller may do, too often or in the wrong place', () => {
  it('B-024 a code that another caller has presented is refused, and the first binding stays', async () => {
    const { world, calls } = await start();
    const code = world.mintCode({ sub: 'carol' }).reveal();
    expect(textOf(await calls.ask(caller('gateway'), 'ExchangeCode', { code }))).toBe('OK');
    const again = await calls.ask(caller('gateway-2'), 'ExchangeCode', { code });
    expect(textOf(again)).toBe('FAILED_PRECONDITION CODE_REJECTED');
    expect(world.metrics.labelsOf('tokenvault_security_events_total')).toEqual([
      { event: 'code_reused' },
    ]);
    expect(textOf(await calls.ask(caller('gateway'), 'ExchangeCode', { code }))).toBe('OK');
    expect(world.google.count('exchange')).toBe(3);
  });

  it('B-039 exchanges for one user beyond the rate wait, unsent, and the code is as good as before', async () => {
    const { world, calls, upstream } = await start();
    const code = world.mintCode({ sub: 'carol' }).reveal();
    const fields = { code, expectedUserId: 'carol' };
    const odd = { code: 'x', expectedUserId: 'carol' };
    for (let count = 0; count < 30; count += 1) {
      await calls.ask(caller('gateway'), 'ExchangeCode', odd);
    }
    const before = upstream();
    const limited = await calls.ask(caller('gateway'), 'ExchangeCode', fields);
    expect(textOf(limited)).toBe('RESOURCE_EXHAUSTED CALLER_RATE_LIMITED');
    expect(upstream()).toEqual(before);
    await world.clock.advance(limited.retryMs ?? 0);
    expect(textOf(await calls.ask(caller('gateway'), 'ExchangeCode', fields))).toBe('OK');
  });

  it('B-055 tokens of one user that are said to be refused are replaced within a rate', async () => {
    const { world, calls } = await start();
    const ask = (rejectedTokenSha256?: Buffer) =>
      calls.ask(caller('mail'), 'GetAccessToken', get({ rejectedTokenSha256 }));
    const tokenOf = ({ reply }: Handled) =>
      GetAccessTokenResponse.decode(reply ?? Buffer.alloc(0)).accessToken;
    let answer = await ask();
    const minted = world.google.count('refresh');
    for (let count = 0; count < 100; count += 1) {
      const next = await ask(createHash('sha256').update(tokenOf(answer)).digest());
      if (next.reply !== undefined) answer = next;
      else expect(next).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryMs: 12_000 });
    }
    expect(world.google.count('refresh') - minted).toBe(5);
    expect(textOf(await ask())).toBe('OK');
  });

  it('B-090 a caller that is taken out of the policy is refused with its next call', async () => {
    const { calls } = await start();
    const mail = caller('mail');
    expect(textOf(await calls.ask(mail, 'GetAccessToken', get()))).toBe('OK');
    calls.use(POLICY.replace('spiffe://td/mail', 'spiffe://td/other'));
    expect(textOf(await calls.ask(mail, 'GetAccessToken', get()))).toBe(denied('rpc'));
    calls.use(POLICY);
    expect(textOf(await calls.ask(mail, 'GetAccessToken', get()))).toBe('OK');
  });

  it('B-090 so is one whose scopes or users were taken away, also where the token is cached', async () => {
    const { calls } = await start();
    const mail = caller('mail');
    expect(textOf(await calls.ask(mail, 'GetAccessToken', get({ userId: BOB })))).toBe('OK');
    const fewer = POLICY.replace('[drive.appdata, gmail.readonly, calendar]', '[gmail.readonly]');
    calls.use(fewer);
    const ask = () => calls.ask(mail, 'GetAccessToken', get({ userId: BOB }));
    expect(textOf(await ask())).toBe(denied('scope'));
    calls.use(
      POLICY.replace(/(calendar\]\n +users:) all/, '$1 { hosted_domains: [corp.example] }'),
    );
    expect(textOf(await ask())).toBe(denied('user'));
  });
});
