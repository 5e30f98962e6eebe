import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { readSystemFile } from '../../src/observability/system-files.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { docCommands } from '../support/doc-commands.ts';
import { freshVault, sharedServer } from '../support/openbao.ts';
import { RunningIssuer } from '../support/token-issuer.ts';

it('every command of docs/vault.md works, and the service logs in with what they make', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenvault-vault-page-'));
  const [ready, authority, issuer] = await Promise.all([
    freshVault(),
    createCertificateAuthority('Machines'),
    RunningIssuer.start(),
  ]);
  for (const name of ['machines-ca.pem', 'kubernetes-ca.pem']) {
    await writeFile(join(folder, name), authority.cert);
  }
  await symlink(inject('openBaoBinary'), join(folder, 'vault'));
  const { address, rootToken } = sharedServer();
  const env = {
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    HOME: folder,
    VAULT_ADDR: address,
    VAULT_TOKEN: rootToken,
  };
  const run = async (commands: string) => {
    const ours = commands
      .replaceAll('tokenvault-service', ready.policy.name)
      .replace('https://issuer.example.com', issuer.issuer);
    return promisify(execFile)('sh', ['-ec', ours], { cwd: folder, env });
  };
  const outputs: string[] = [];
  for (const commands of await docCommands('vault.md')) outputs.push((await run(commands)).stdout);
  expect(outputs.length).toBeGreaterThan(5);

  const roleId = /[0-9a-f]{8}(-[0-9a-f]{4,12}){4}/.exec(outputs.join('\n'))?.[0] ?? '';
  const secretIdFile = join(folder, 'secret-id');
  const auth = { method: 'approle', mount: 'approle', roleId, secretIdFile } as const;
  const deps = { ...ready, clock: systemClock, random: systemRandom, readFile: readSystemFile };
  const vault = await openVault(
    { ...ready.options, auth: { ...auth, wrappedFor: 'tokenvault' } },
    deps,
  );
  expect(vault.access().lost).toEqual([]);
  await vault.close();
  const token = (await readFile(join(folder, 'service-token'), 'utf8')).trim();
  expect(token).toMatch(/^\S{20,}$/);

  for (const mount of ['approle', 'cert', 'jwt', 'kubernetes']) {
    await ready.root.delete(`sys/auth/${mount}`);
  }
  await Promise.all([ready.close(), issuer.close()]);
  await rm(folder, { recursive: true, force: true });
});
