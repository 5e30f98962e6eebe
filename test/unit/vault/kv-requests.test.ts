import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Alerts } from '../../../src/domain/alerts.ts';
import { NO_METRICS } from '../../../src/domain/metrics.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { Access } from '../../../src/vault/access.ts';
import { AccessLosses } from '../../../src/vault/access-losses.ts';
import { KvRequests } from '../../../src/vault/kv-requests.ts';
import { FixedToken } from '../../../src/vault/login/token-source.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';

/** There is always another one. */
class EndlessTokens extends FixedToken {
  override async replace(): Promise<undefined> {
    this.token = new Secret(`${this.token.reveal()}+`);
    return undefined;
  }
}

describe('a request that is refused because its token is dead', () => {
  let tokens: EndlessTokens;
  /** The one token that Vault knows. */
  let living: string;
  let sent: string[];
  let client: VaultClient;
  let requests: KvRequests;

  beforeEach(() => {
    const clock = new ManualClock();
    const logger = new RecordingLogger();
    tokens = new EndlessTokens(new Secret('t'));
    sent = [];
    const send = async ({ method, path }: { readonly method: string; readonly path: string }) => {
      const known = tokens.token.reveal() === living;
      if (!path.includes('lookup')) sent.push(`${method} ${tokens.token.reveal()}`);
      return { status: known ? 200 : 403, body: {} };
    };
    client = new VaultClient(
      { address: 'http://v', token: () => tokens.token, timeoutMs: 1, metrics: NO_METRICS, clock },
      { send, close: async () => undefined },
    );
    const losses = new AccessLosses({ clock, logger, alerts: new Alerts(logger, NO_METRICS) });
    const access = new Access({ clock, logger, losses, tokens, check: async () => undefined });
    requests = new KvRequests({ access, clock, random: systemRandom, readRetries: 0 });
  });

  const read = () => requests.read(client, () => client.read('m/data/x'), { schema: z.object({}) });

  it('is sent again with the next one', async () => {
    living = 't+';
    expect(await read()).toMatchObject({ kind: 'found' });
    expect(sent).toEqual(['GET t', 'GET t+']);
  });

  it('is sent again also where it writes: the refusal did nothing', async () => {
    living = 't+';
    expect(await requests.write(client, () => client.write('m/data/x', {}))).toBe('done');
    expect(sent).toEqual(['POST t', 'POST t+']);
  });

  it('is given up where the third token is refused too', async () => {
    living = 'none';
    await expect(read()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    expect(sent).toHaveLength(3);
  });
});
