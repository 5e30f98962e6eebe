import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import {
  type Answer,
  drop,
  json,
  type ScriptedServer,
  startScriptedServer,
} from '../../support/scripted-server.ts';
import { denied, sealed } from './kv-fixture.ts';

describe('openVault', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.close());

  /** All is well until the path key is read for its content: it is the second reading. */
  function goneAfterTheCheck(gone: Answer): void {
    const config = { cas_required: true, max_versions: 2, delete_version_after: '0s' };
    let readings = 0;
    server.answer = (response, request) => {
      const { path } = request;
      if (path.endsWith('/path-key')) readings += 1;
      if (readings >= 2) gone(response, request);
      else if (path.endsWith('/sys/leader')) {
        json(200, { ha_enabled: false, is_self: false })(response, request);
      } else if (path.endsWith('/capabilities-self')) {
        const { paths }: { paths: string[] } = JSON.parse(request.body);
        const data = Object.fromEntries(paths.map((asked) => [asked, ['root']]));
        json(200, { data })(response, request);
      } else json(200, { data: config })(response, request);
    };
  }
  const open = () =>
    openVault(
      {
        addresses: [server.url],
        mount: 'm',
        configMount: 'c',
        auth: { method: 'fixed', token: new Secret('s.token') },
        requestTimeoutMs: 5_000,
        readRetries: 0,
      },
      {
        clock: systemClock,
        random: systemRandom,
        logger: new RecordingLogger(),
        metrics: new RecordingMetrics(),
      },
    );

  it.each([
    ['breaks the connection', drop, /\(No answer from Vault \([A-Z_]+\)\): check it/],
    ['is sealed', sealed, /\(Vault answered 503\): check it with `vault status`/],
    ['refuses the token', denied, /\(the token is dead\): check it .* and the token/],
  ])('says what to do when Vault %s between two requests', async (_name, gone, sentence) => {
    goneAfterTheCheck(gone);
    const thrown = await open().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(StartupProblems);
    expect(thrown).toMatchObject({ problems: [expect.stringMatching(sentence)] });
  });
});
