import http2 from 'node:http2';
import { duplexPair } from 'node:stream';
import { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { guardedConnections } from '../../../src/grpc/guarded-connections.ts';
import { Refusals } from '../../../src/grpc/refusals.ts';
import { DEFAULT_GRPC_LIMITS } from '../../../src/grpc/transport-limits.ts';
import { systemRandom } from '../../../src/observability/system-random.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RawGrpc } from '../../support/raw-grpc.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

/** Holds what a Map holds, and is none: what a later grpc-js may have. */
class OtherMap<Key, Value> {
  readonly #map = new Map<Key, Value>();
  get = (key: Key) => this.#map.get(key);
  set = (key: Key, value: Value) => this.#map.set(key, value);
  delete = (key: Key) => this.#map.delete(key);
  keys = () => this.#map.keys();
}

let raw: RawGrpc;
afterEach(() => raw.close());

/** A call of a method that waits for a message, on a server without the fields that the guard needs. */
function callWithoutGuard(path: string) {
  const server = Object.assign(new Server({ 'grpc.enable_channelz': 0 }), {
    http2Servers: new OtherMap(),
  });
  new HealthImplementation({ '': 'SERVING' }).addToServer(server);
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const refusals = new Refusals({ clock, logger, metrics });
  const alerts = new Alerts(logger, metrics);
  const ports = { clock, alerts, refusals, limits: DEFAULT_GRPC_LIMITS };
  const connections = guardedConnections(server, { ...ports, random: systemRandom });
  const [near, far] = duplexPair();
  connections.injectConnection(far);
  raw = new RawGrpc(http2.connect('http://localhost', { createConnection: () => near }));
  const call = raw.open({ headers: { ':path': path }, body: Buffer.alloc(1), end: false });
  return { ...call, clock, logger };
}

/** Resolves when the server has read what was sent so far. */
const answeredPing = () => new Promise((resolve) => raw.session.ping(resolve));

describe('without the guard', () => {
  it('a half-sent call ends at the default deadline, and the log says what is missing', async () => {
    const { answer, clock, logger } = callWithoutGuard('/grpc.health.v1.Health/Check');
    await answeredPing();
    await clock.advance(9_999);
    expect(raw.session.destroyed).toBe(false);
    await clock.advance(1);
    expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(logger.lines).toMatchObject([
      { level: 'error', event: 'grpc_internals_missing', missing: 'stream guard' },
    ]);
  });

  it('a stream that may stay open has no default', async () => {
    const { stream, clock } = callWithoutGuard('/grpc.health.v1.Health/Watch');
    await answeredPing();
    await clock.advance(60_000);
    await answeredPing();
    expect(stream.closed).toBe(false);
  });
});
