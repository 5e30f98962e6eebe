import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DRIVE } from '../../bench/load/call.ts';
import { CLIENT, type World } from '../../bench/world.ts';
import type { Grant } from '../../src/domain/grant.ts';
import { NO_METRICS } from '../../src/domain/metrics.ts';
import { canonicalScopes } from '../../src/domain/scopes.ts';
import { Secret } from '../../src/domain/secret.ts';
import { newUserRecord } from '../../src/domain/user-record.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { RecordingLogger } from '../../test/support/recording/logger.ts';

const MOUNTS = { mount: 'tokenvault', configMount: 'tokenvault-config' };
const WRITERS = 16;
const TIMEOUT_MS = 10_000;

const tokenReply = z.object({ refresh_token: z.string() });

/**
 * Users who are connected, and in no replica's memory: their records are written straight into Vault.
 * All hold one refresh token, because signing thousands of users in takes longer than what is shown.
 */
export class Crowd {
  readonly #world: World;
  readonly #grant: Grant;

  private constructor(world: World, grant: Grant) {
    this.#world = world;
    this.#grant = grant;
  }

  static async of(world: World): Promise<Crowd> {
    const scopes = canonicalScopes([DRIVE]);
    const clientId = CLIENT.client_id;
    const code = await world.google.mintCode({ clientId, sub: 'crowd', scopes: ['openid', DRIVE] });
    const form = {
      grant_type: 'authorization_code',
      client_id: clientId,
      client_secret: CLIENT.client_secret,
      redirect_uri: '',
      code,
    };
    const body = new URLSearchParams(form);
    const answer = await fetch(`${world.google.url}/token`, { method: 'POST', body });
    const { refresh_token } = tokenReply.parse(await answer.json());
    const obtainedAt = systemClock.now();
    const refreshToken = new Secret(refresh_token);
    return new Crowd(world, { clientId, refreshToken, scopes, obtainedAt, state: 'live' });
  }

  /** Connects so many, and names them. */
  async connect(name: string, size: number): Promise<readonly string[]> {
    const { vault } = this.#world;
    const token = new Secret((await readFile(vault.tokenFile, 'utf8')).trim());
    const opened = await openVault(
      {
        ...MOUNTS,
        addresses: [vault.openBao.address],
        auth: { method: 'fixed', token },
        requestTimeoutMs: TIMEOUT_MS,
        readRetries: 2,
      },
      {
        clock: systemClock,
        random: systemRandom,
        logger: new RecordingLogger(),
        metrics: NO_METRICS,
      },
    );
    const users = Array.from({ length: size }, (_, index) => `${name}-${index}`);
    const waiting = [...users];
    const write = async () => {
      for (let user = waiting.pop(); user !== undefined; user = waiting.pop()) {
        const record = {
          ...newUserRecord(user, 1),
          state: 'active' as const,
          consentedAt: this.#grant.obtainedAt,
          grants: new Map([['default', [this.#grant]]]),
        };
        await opened.users.write(record, { expectedVersion: 0, writeId: systemRandom.id() });
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
    await opened.close();
    return users;
  }
}
