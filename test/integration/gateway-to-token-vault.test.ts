import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../../src/config/config-sections.ts';
import { LiveConfig } from '../../src/config/live-config.ts';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { Failure } from '../../src/domain/failure.ts';
import { Secret } from '../../src/domain/secret.ts';
import { StartupProblems } from '../../src/domain/startup-problems.ts';
import { runGateway } from '../../src/gateway/main.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { EXCHANGED } from '../support/fakes/hand-written-token-vault.ts';
import { APP_HEADERS, CODE_PATH } from '../support/gateway-fixture.ts';
import { httpsRequest } from '../support/https-request.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import {
  CALLER_ID,
  startTokenVaultServer,
  type TokenVaultServer,
} from '../support/token-vault-server.ts';

const authority = await createCertificateAuthority('gateway test');
const tls = await authority.issueServer(['localhost']);

let fixture: TokenVaultServer;
let connection: ReturnType<TokenVaultServer['connect']>;
let gateway: Gateway;

beforeAll(async () => {
  fixture = await startTokenVaultServer();
  connection = fixture.connect();
  gateway = await startGateway(
    { address: 'localhost:0', tls },
    {
      connection,
      logger: createLogger({ level: 'silent' }),
      metrics: new RecordingMetrics(),
      clock: systemClock,
      random: systemRandom,
    },
  );
});
afterAll(async () => {
  await gateway.stop();
  connection.close();
  await fixture.server.stop(0);
});

const post = (body: object) =>
  httpsRequest(
    { port: gateway.port, caPem: authority.cert },
    {
      method: 'POST',
      path: CODE_PATH,
      headers: { ...APP_HEADERS, 'x-request-id': 'app-9' },
      body: JSON.stringify(body),
    },
  );

describe('a code that goes through the gateway to TokenVault', () => {
  it('is exchanged, and the app learns the user', async () => {
    const answer = await post({ code: '4/0Abc', codeSource: 'MOBILE' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({
      userId: EXCHANGED.userId,
      profile: EXCHANGED.profile,
      grantedScopes: EXCHANGED.grantedScopes,
    });
    expect(fixture.tokenVault.requests.at(-1)).toMatchObject({
      code: new Secret('4/0Abc'),
      codeSource: 'mobile',
      oauthClient: 'default',
    });
    expect(fixture.tokenVault.contexts.at(-1)).toMatchObject({
      caller: { id: CALLER_ID },
      requestId: 'app-9',
    });
  });

  it('and whose redirect URI is not registered is told so under the name that the app used', async () => {
    const violations = [{ field: 'redirect_uri', description: 'The field must be registered.' }];
    fixture.tokenVault.onExchangeCode = async () => {
      throw new Failure('FIELD_INVALID', { violations });
    };
    const answer = await post({ code: '4/0Abc', redirectUri: 'https://app.example/cb' });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      reason: 'FIELD_INVALID',
      errors: [{ field: 'redirectUri', description: 'The field must be registered.' }],
    });
  });

  it('and is still being exchanged is to be sent again after a wait', async () => {
    fixture.tokenVault.onExchangeCode = async () => {
      throw new Failure('EXCHANGE_IN_PROGRESS', { retryAfterMs: 2_100 });
    };
    const answer = await post({ code: '4/0Abc' });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('3');
    expect(JSON.parse(answer.text)).toMatchObject({
      reason: 'EXCHANGE_IN_PROGRESS',
      requestId: 'app-9',
      retryAfter: 3,
    });
  });
});

describe('the gateway process', () => {
  const gatewayConfig = (tokenVaultAddress: string, address = 'localhost:0') => {
    const { caPem, certPem, keyPem } = fixture.connectOptions;
    const addresses = tokenVaultAddress.split(',');
    const files = { caPem, certPem, keyPem: new Secret(keyPem) };
    const tokenVault = { address: tokenVaultAddress, addresses, ...files };
    const ownTls = { cert: tls.cert, key: new Secret(tls.key) };
    const value: GatewayConfig = {
      gateway: {
        address,
        opsAddress: '127.0.0.1:0',
        tls: ownTls,
        oauthClient: 'default',
        tokenVault,
        corsOrigins: [],
        trustedProxies: [],
        rateLimits: { perAddressPerMinute: 0, perSessionPerMinute: 0 },
      },
      log: { level: 'silent', output: 'stdout' },
      traces: { sampleOneIn: 1 },
    };
    return new LiveConfig(() => ({ value, settings: [] }), { env: {}, readFile: () => '' });
  };

  it.each(['SIGTERM', 'SIGINT'])('runs until %s', async (signal) => {
    const signals = new EventEmitter();
    const running = runGateway(gatewayConfig(fixture.connectOptions.address), signals);
    await expect.poll(() => signals.listenerCount(signal)).toBe(1);
    signals.emit(signal);
    await running;
  });

  it('does not start where its address is taken, and says which', async () => {
    const busy = `localhost:${gateway.port}`;
    const running = runGateway(
      gatewayConfig(fixture.connectOptions.address, busy),
      new EventEmitter(),
    );
    await expect(running).rejects.toThrow(StartupProblems);
    await expect(running).rejects.toThrow(busy);
  });

  it('does not start with the key of another certificate, and quotes neither', async () => {
    const other = await authority.issueServer(['localhost']);
    const start = startGateway(
      { address: 'localhost:0', tls: { cert: tls.cert, key: other.key } },
      {
        connection,
        logger: createLogger({ level: 'silent' }),
        metrics: new RecordingMetrics(),
        clock: systemClock,
        random: systemRandom,
      },
    );
    await expect(start).rejects.toThrow(StartupProblems);
    await expect(start).rejects.not.toThrow('BEGIN');
  });

  it('does not start where TokenVault is an IP address without a name', async () => {
    const running = runGateway(
      gatewayConfig('localhost:443,127.0.0.1:443,[::1]:443'),
      new EventEmitter(),
    );
    await expect(running).rejects.toThrow(
      /has an IP address \(127\.0\.0\.1:443, \[::1\]:443\): .* gateway\.server_name/,
    );
  });
});
