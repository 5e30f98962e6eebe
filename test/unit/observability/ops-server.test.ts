import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';
import { type OpsServer, startOpsServer } from '../../../src/observability/ops-server.ts';
import { Readiness } from '../../../src/observability/readiness.ts';
import { httpRequest } from '../../support/http-request.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';

let ops: OpsServer | undefined;
afterEach(() => ops?.stop());

async function start(text = async () => '# metrics\n') {
  const readiness = new Readiness();
  const logger = new RecordingLogger();
  const deps = { readiness, metrics: { text }, logger };
  ops = await startOpsServer({ address: '127.0.0.1:0' }, deps);
  return { readiness, logger, port: ops.port };
}

describe('the ops listener', () => {
  it('says that the process is alive, whatever its readiness', async () => {
    const { port } = await start();
    expect(await httpRequest(port, '/livez')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('answers 503 until calls are taken, then 200, then 503 again', async () => {
    const { port, readiness } = await start();
    const ready = async () => {
      const { status, headers, body } = await httpRequest(port, '/readyz');
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      return [status, JSON.parse(body).state];
    };
    expect(await ready()).toEqual([503, 'starting']);
    readiness.serving(() => ({ failing: [], serves: true }));
    expect(await ready()).toEqual([200, 'ready']);
    readiness.draining();
    expect(await ready()).toEqual([503, 'draining']);
  });

  it('gives the metrics in the format of Prometheus, a query string or not', async () => {
    const { port } = await start();
    const { status, headers, body } = await httpRequest(port, '/metrics?x=1');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(body).toBe('# metrics\n');
  });

  it('answers HEAD without a body, and knows no other method and no other path', async () => {
    const { port } = await start();
    expect(await httpRequest(port, '/livez', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect((await httpRequest(port, '/livez/x')).status).toBe(404);
    const post = await httpRequest(port, '/livez', 'POST');
    expect(post.status).toBe(405);
    expect(post.headers.allow).toBe('GET, HEAD');
  });

  it('says nothing of an unexpected error but where it arose, in the log', async () => {
    const { port, logger } = await start(async () => {
      throw new Error('holds a secret');
    });
    const { status, body } = await httpRequest(port, '/metrics');
    expect(status).toBe(500);
    expect(`${body}${logger.text()}`).not.toContain('holds a secret');
    expect(logger.lines).toMatchObject([{ event: 'ops_request_failed', error: 'Error' }]);
    expect((await httpRequest(port, '/livez')).status).toBe(200);
  });

  it('closes a connection whose head is too long', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /livez HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(9_000)}\r\n\r\n`);
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1\.1 431 /);
    await once(socket, 'close');
  });

  it('stops at once, also with a connection that is open', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await ops?.stop();
    await closed;
    ops = undefined;
  });

  it('names the key where its address is taken', async () => {
    const { port } = await start();
    const logger = new RecordingLogger();
    const deps = { readiness: new Readiness(), metrics: { text: async () => '' }, logger };
    const second = startOpsServer({ address: `127.0.0.1:${port}` }, deps);
    await expect(second).rejects.toThrow(StartupProblems);
    await expect(second).rejects.toThrow(/\(EADDRINUSE\): free it, or choose another ops\.address/);
  });
});
