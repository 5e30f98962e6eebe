import { Secret } from '../../../src/domain/secret.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { ActiveNode } from '../../../src/vault/active-node.ts';
import { Kv } from '../../../src/vault/kv.ts';
import { KvRequests } from '../../../src/vault/kv-requests.ts';
import { PathKey } from '../../../src/vault/path-key.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { fixedAccess } from '../../support/fixed-access.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import {
  type Answer,
  json,
  type ScriptedServer,
  startScriptedServer,
} from '../../support/scripted-server.ts';

export interface KvFixture {
  readonly kv: Kv;
  readonly node: ActiveNode;
  readonly server: ScriptedServer;
  readonly logger: RecordingLogger;
  /** Answers the next requests in this order, and fails the test's request when they run out. */
  script(...answers: Answer[]): void;
  close(): Promise<void>;
}

/** `Kv` on the mount `m` before a server that answers as the test says. */
export async function kvFixture(readRetries = 2): Promise<KvFixture> {
  const server = await startScriptedServer();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const node = new ActiveNode([server.url], (address) => {
    const token = () => new Secret('s.token');
    return new VaultClient({ address, token, timeoutMs: 2_000, metrics, clock: systemClock });
  });
  const requests = new KvRequests({
    access: fixedAccess({ clock: systemClock, logger, metrics }),
    clock: systemClock,
    random: systemRandom,
    readRetries,
  });
  return {
    kv: new Kv('m', { node, requests }),
    node,
    server,
    logger,
    script(...answers) {
      server.answer = (response, request) => {
        const next = answers.shift() ?? json(599, { errors: ['no answer is left'] });
        next(response, request);
      };
    },
    async close() {
      await node.close();
      await server.close();
    },
  };
}

/** The key of the mount `m`. */
export const PATH_KEY = new PathKey({
  id: 'k1',
  key: new Secret('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'),
});

/** `content` as a record of the mount `m`. */
export function enveloped(content: object): object {
  return { schema: 1, path_key_id: PATH_KEY.id, write_id: 'somebody', ...content };
}

/** A version of a record, as KV v2 answers a read. */
export function version(number: number, record: object): Answer {
  return json(200, {
    data: {
      data: { record: JSON.stringify(record) },
      metadata: { version: number, created_time: '2026-01-01T00:00:00.123456789Z' },
    },
  });
}

export const written = (number: number) => json(200, { data: { version: number } });
export const neverWritten = json(404, { errors: [] });
export const mismatch = json(400, {
  errors: ['check-and-set parameter did not match the current version'],
});
export const sealed = json(503, { errors: ['Vault is sealed'] });
export const denied = json(403, { errors: ['permission denied'] });
