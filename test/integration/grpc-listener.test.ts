import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { type Listener, listen } from '../../src/grpc/listener.ts';
import { Refusals } from '../../src/grpc/refusals.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';

const HANDSHAKE_MS = 200;

let listener: Listener;
let logger: RecordingLogger;
let accepted: number;
let socket: Socket;
let begun: number;

beforeEach(async () => {
  logger = new RecordingLogger();
  accepted = 0;
  const authority = await createCertificateAuthority('test');
  const pair = await authority.issueServer(['localhost']);
  const refusals = new Refusals({ clock: systemClock, logger, metrics: new RecordingMetrics() });
  const tls = { ...pair, clientCa: authority.cert };
  listener = await listen(
    { address: '127.0.0.1:0', tls, maxConnections: 10, handshakeMs: HANDSHAKE_MS, refusals },
    () => {
      accepted += 1;
    },
  );
  begun = performance.now();
  socket = connect({ host: '127.0.0.1', port: listener.port });
  socket.on('error', () => undefined); // 'close' comes after it
  socket.resume();
  await once(socket, 'connect');
});

afterEach(async () => {
  listener.cutOff();
  await listener.close();
});

const closed = () => new Promise((resolve) => socket.on('close', resolve));

describe('a handshake that does not come to its end', () => {
  const isLogged = () =>
    expect
      .poll(() => logger.lines)
      .toMatchObject([{ event: 'tls_refused', cause: 'ERR_TLS_HANDSHAKE_TIMEOUT' }]);

  it('is given up when its time is over', async () => {
    await closed();
    expect(performance.now() - begun).toBeGreaterThan(HANDSHAKE_MS / 2);
    await isLogged();
    expect(accepted).toBe(0);
  });

  it('gets no more time for a byte now and then', async () => {
    const over = closed();
    // The beginning of a ClientHello of 512 bytes.
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]));
    const drip = setInterval(() => socket.write(Buffer.alloc(1)), HANDSHAKE_MS / 10);
    await over;
    clearInterval(drip);
    await isLogged();
  });
});
