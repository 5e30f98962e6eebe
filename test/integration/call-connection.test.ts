import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { devFiles } from '../support/dev-files.ts';
import {
  CALLER_ID,
  startTokenVaultServer,
  type TokenVaultServer,
} from '../support/token-vault-server.ts';

let fixture: TokenVaultServer;
let env: Record<string, string>;
let files: Record<string, string>;

beforeAll(async () => {
  fixture = await startTokenVaultServer();
  ({ env, files } = fixture.terminal);
});

afterAll(() => fixture.server.stop(0));

describe('a call that finds no connection says why', () => {
  const failing = async (changes: {
    readonly env?: Record<string, string>;
    readonly files?: Record<string, string>;
  }) => {
    const { exitCode, stderr } = await typeCommand(['call', 'GetUser', '{"userId": "42"}'], {
      env: { ...env, ...changes.env },
      files: { ...files, ...changes.files },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toHaveLength(1);
    return stderr[0];
  };

  it('nothing listens', async () => {
    const gone = await startTokenVaultServer();
    await gone.server.stop(0);

    const said = await failing({ env: { TOKENVAULT_ADDRESS: gone.connectOptions.address } });

    expect(said).toMatch(/^UNAVAILABLE: Nothing listens at the address/);
  });

  it('the server is not of our authority', async () => {
    const { cert } = await createCertificateAuthority('another');

    expect(await failing({ files: { 'ca.pem': cert } })).toContain('server is not trusted');
  });

  it('the server does not take our certificate', async () => {
    const another = await createCertificateAuthority('another');
    const { cert, key } = await another.issueClient(CALLER_ID);

    const said = await failing({ files: { 'cert.pem': cert, 'key.pem': key } });

    expect(said).toMatch(/^UNAVAILABLE: The server refused the TLS handshake: /);
  });

  it('what listens is no TLS server', async () => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    plain.listen(0, 'localhost');
    await once(plain, 'listening');
    const bound = plain.address();
    const port = typeof bound === 'object' ? bound?.port : undefined;

    const said = await failing({ env: { TOKENVAULT_ADDRESS: `localhost:${port}` } });
    plain.close();

    expect(said).toContain('does not speak TLS');
  });

  it('the development stack was killed', async () => {
    const gone = await startTokenVaultServer();
    await gone.server.stop(0);

    const { exitCode, stderr } = await typeCommand(['call', 'GetUser', '{"userId": "42"}'], {
      files: devFiles(gone.connectOptions),
    });

    expect(exitCode).toBe(2);
    expect(stderr).toEqual([expect.stringContaining('start it with `npm run dev`')]);
  });
});
