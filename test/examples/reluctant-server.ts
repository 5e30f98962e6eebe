import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from '../../src/domain/failure.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ISSUED } from '../support/fakes/hand-written-token-vault.ts';
import { startTokenVaultServer } from '../support/token-vault-server.ts';

const HOUR_MS = 3_600_000;

/** The real gRPC server, which refuses the first call for a moment, and then gives `accessToken`. */
export async function startReluctantServer(accessToken: string) {
  const files = await mkdtemp(path.join(tmpdir(), 'tokenvault-reluctant-'));
  const { server, tokenVault, connectOptions } = await startTokenVaultServer();
  const { address, caPem, certPem, keyPem } = connectOptions;
  const pems = { 'ca.pem': caPem, 'drive-worker.pem': certPem, 'drive-worker-key.pem': keyPem };
  for (const [name, pem] of Object.entries(pems)) await writeFile(path.join(files, name), pem);
  const issued = {
    ...ISSUED,
    accessToken: new Secret(accessToken),
    expireTime: Date.now() + HOUR_MS,
  };
  tokenVault.onGetAccessToken = () => {
    if (tokenVault.requests.length === 1) throw new Failure('CONCURRENT_UPDATE');
    return issued;
  };
  return {
    address,
    files,
    calls: () => tokenVault.requests.length,
    async [Symbol.asyncDispose]() {
      await server.stop(0);
      await rm(files, { recursive: true, force: true });
    },
  };
}
