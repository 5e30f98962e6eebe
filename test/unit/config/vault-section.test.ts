import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigProblems } from '../../../src/config/config-problems.ts';
import type { Environment } from '../../../src/config/environment.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { VaultConfig } from '../../../src/config/vault-section.ts';
import { configFiles, readFrom, SERVER } from '../../support/config-files.ts';

const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const { addresses } = SERVER.vault;
const CLIENT = { client_cert_file: 'client.pem', client_key_file: 'client-key.pem' };

const files = await configFiles();
files.set('secret-id', 'a-secret-id\n').set('jwt', 'a.b.c').set(POD_TOKEN, 'd.e.f');

function load(vault: object, env: Environment = {}): VaultConfig {
  const text = stringify({ ...SERVER, vault: { addresses, ...vault } });
  return loadConfig({
    file: 'tokenvault.yaml',
    env,
    readFile: readFrom(
      new Map([...files, ['cas/one.pem', files.get('ca.pem') ?? ''], ['tokenvault.yaml', text]]),
    ),
    listFolder: (folder) => (folder === 'cas' ? ['one.pem'] : []),
  }).vault;
}

function problemsOf(vault: object, env?: Environment): readonly string[] {
  try {
    load(vault, env);
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('vault.auth', () => {
  it.each([
    [
      { approle: { role_id: 'r', secret_id_file: 'secret-id' } },
      { method: 'approle', mount: 'approle', roleId: 'r', secretIdFile: 'secret-id' },
    ],
    [
      {
        approle: { mount: 'a/b', role_id: 'r', secret_id_file: 'secret-id', wrapped_for_role: 'x' },
      },
      { method: 'approle', mount: 'a/b', wrappedFor: 'x' },
    ],
    [
      { kubernetes: { role: 'r' } },
      { method: 'kubernetes', mount: 'kubernetes', role: 'r', jwtFile: POD_TOKEN },
    ],
    [{ kubernetes: { role: 'r', jwt_file: 'jwt' } }, { jwtFile: 'jwt' }],
    [
      { jwt: { role: 'r', jwt_file: 'jwt' } },
      { method: 'jwt', mount: 'jwt', role: 'r', jwtFile: 'jwt' },
    ],
    [{ token_file: 'token' }, { method: 'token_file', file: 'token' }],
  ])('takes %o', (auth, expected) => {
    // As in the shell of somebody who uses vault by hand, a token there is no second method.
    expect(load({ auth }, { VAULT_TOKEN: 'hvs.shell' }).auth).toMatchObject(expected);
  });

  it('takes a certificate, if the service has one', () => {
    const auth = { cert: { enabled: true, name: 'machines' } };
    expect(load({ auth, ...CLIENT }).auth).toEqual({
      method: 'cert',
      mount: 'cert',
      name: 'machines',
    });
    expect(problemsOf({ auth })).toEqual([
      expect.stringMatching(/^vault\.client_cert_file is missing: it must name the certificate/),
    ]);
  });

  it.each([
    [{ approle: { role_id: 'r' } }, [/^vault\.auth\.approle\.secret_id_file is missing/]],
    [
      { approle: { wrapped_for_role: 'r' } },
      [
        /^vault\.auth\.approle\.role_id is missing/,
        /^vault\.auth\.approle\.secret_id_file is miss/,
      ],
    ],
    [{ approle: { role_id: 'r', secret_id_file: 'gone' } }, [/secret_id_file .* does not exist/]],
    [{ jwt: { role: 'r' } }, [/^vault\.auth\.jwt\.jwt_file is missing/]],
    [{ kubernetes: { jwt_file: 'jwt' } }, [/^vault\.auth\.kubernetes\.role is missing/]],
    [{ jwt: { role: '../r', jwt_file: 'jwt' } }, [/^vault\.auth\.jwt\.role .* name of a role/]],
    [
      { token_file: 'token', approle: { role_id: 'r', secret_id_file: 'secret-id' } },
      [/^vault\.auth\.token_file .* must not be set beside vault\.auth\.approle/],
    ],
    [
      { jwt: { role: 'r', jwt_file: 'jwt' }, kubernetes: { role: 'r' } },
      [/^vault\.auth\.jwt\.role .* must not be set beside vault\.auth\.kubernetes/],
    ],
    [{}, [/^vault\.auth\.token_file is missing/]],
  ])('refuses %o', (auth, problems) => {
    expect(problemsOf({ auth })).toEqual(problems.map((one) => expect.stringMatching(one)));
  });
});

describe('the TLS of Vault', () => {
  const auth = { token_file: 'token' };

  it('is what Vault’s own variables say', () => {
    const env = {
      VAULT_CACERT: 'ca.pem',
      BAO_CLIENT_CERT: 'client.pem',
      VAULT_CLIENT_KEY: 'client-key.pem',
      VAULT_TLS_SERVER_NAME: 'vault.internal',
      VAULT_CLIENT_TIMEOUT: '7s',
    };
    const { tls, requestTimeoutMs } = load({ auth }, env);
    expect(tls).toMatchObject({
      caPem: files.get('ca.pem'),
      client: { cert: files.get('client.pem') },
      serverName: 'vault.internal',
      skipVerify: false,
    });
    expect(requestTimeoutMs).toBe(7_000);
  });

  it('takes authorities from a file before a text, and from that before a folder', () => {
    const env = { VAULT_CAPATH: 'cas' };
    expect(load({ auth }, env).tls.caPem).toBe(files.get('ca.pem'));
    const bytes = { ...env, BAO_CACERT_BYTES: files.get('client.pem') };
    expect(load({ auth }, bytes).tls.caPem).toBe(files.get('client.pem'));
    expect(load({ auth, ca_file: 'ca.pem' }, bytes).tls.caPem).toBe(files.get('ca.pem'));
  });

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    ['', false],
  ])('is not checked where VAULT_SKIP_VERIFY is "%s": %s', (value, skipVerify) => {
    expect(load({ auth }, { VAULT_SKIP_VERIFY: value }).tls.skipVerify).toBe(skipVerify);
  });

  it.each([
    [
      { VAULT_SKIP_VERIFY: 'no' },
      /^vault\.skip_verify .*VAULT_SKIP_VERIFY\) must be true or false/,
    ],
    [{ VAULT_CACERT_BYTES: 'pem' }, /^vault\.ca_file .*VAULT_CACERT_BYTES must hold them/],
    [{ VAULT_CAPATH: 'gone' }, /^vault\.ca_folder .* cannot be read or holds none/],
    [{ VAULT_CLIENT_CERT: 'client.pem' }, /^vault\.client_key_file is missing: it must name the/],
    [{ VAULT_CLIENT_KEY: 'client-key.pem' }, /^vault\.client_cert_file is missing/],
    [
      { VAULT_CLIENT_CERT: 'client.pem', VAULT_CLIENT_KEY: 'server-key.pem' },
      /^vault\.client_key_file .* must name the private key of/,
    ],
    [{ VAULT_CLIENT_TIMEOUT: '60' }, /^vault\.request_timeout .*VAULT_CLIENT_TIMEOUT\) must be/],
  ])('refuses %o', (env, problem) => {
    expect(problemsOf({ auth }, env)).toEqual([expect.stringMatching(problem)]);
  });
});
