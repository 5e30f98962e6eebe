import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApp } from '../../src/app/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { readSystemFile } from '../../src/observability/system-files.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { AuthOperator } from '../support/vault-auth.ts';

const keysReply = z.object({ data: z.object({ keys: z.array(z.string()) }) });

/** The first thing that is made of the replica itself fails. */
class BrokenMetrics extends RecordingMetrics {
  override counter(...asked: Parameters<RecordingMetrics['counter']>): () => void {
    if (asked[0] === 'tokenvault_token_cache_total') throw new Error('planted');
    return super.counter(...asked);
  }
}

describe('a start that fails between Vault and the port', () => {
  let world: AppWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  it('ends the token that it got from Vault', async () => {
    const operator = new AuthOperator(world.root, servicePolicy(world.mounts).name);
    const { mount, roleId, ...role } = await operator.appRole();
    const secretId = await operator.secretId({ mount, roleId, ...role });
    const { file, flags } = { file: world.configFile, flags: world.flags };
    const config = loadConfig({ file, env: {}, flags, readFile: readSystemFile });
    const auth = { method: 'approle', mount, roleId, secretIdFile: 'secret-id' } as const;
    const metrics = new BrokenMetrics();

    const started = startApp(
      { ...config, vault: { ...config.vault, auth } },
      {
        clock: systemClock,
        random: systemRandom,
        logger: new RecordingLogger(),
        metrics,
        readFile: () => secretId,
      },
    );

    await expect(started).rejects.toThrow('planted');
    expect(metrics.labelsOf('tokenvault_vault_logins_total')).toEqual([
      { method: 'approle', outcome: 'ok' },
    ]);
    expect(await tokensOf(mount)).toEqual([]);
  });

  /** The accessors of those that live. */
  async function tokensOf(mount: string): Promise<readonly string[]> {
    const { body } = await world.root.list('auth/token/accessors');
    const found: string[] = [];
    for (const accessor of keysReply.parse(body).data.keys) {
      const reply = await world.root.write('auth/token/lookup-accessor', { accessor });
      if (JSON.stringify(reply.body ?? '').includes(`auth/${mount}/login`)) found.push(accessor);
    }
    return found;
  }
});
