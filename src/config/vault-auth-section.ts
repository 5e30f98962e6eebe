import { z } from 'zod';
import { Secret } from '../domain/secret.ts';
import type { VaultAuth } from '../domain/vault-auth.ts';
import { type Environment, firstSet } from './environment.ts';
import { isToken, laterFile, type ReadFile, tokenFile } from './files.ts';
import { mountPath } from './mount-path.ts';
import { text, yesOrNo } from './scalars.ts';
import { optional, section, withDefault } from './setting.ts';

const TOKEN_VARIABLES = ['BAO_TOKEN', 'VAULT_TOKEN'];
/** Where Kubernetes puts the token of a pod's service account. */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** How the service comes by its token: one method at most; without any, the environment has it. */
export function vaultAuthSection(readFile: ReadFile, env: Environment) {
  return section({
    token_file: optional(tokenFile(readFile), {
      doc: 'File with the token of the service, which is followed. Without any method, BAO_TOKEN or VAULT_TOKEN is the token.',
      reloads: true,
      file: 'secret',
      secretVariables: TOKEN_VARIABLES,
    }),
    approle: appRoleKeys(readFile),
    kubernetes: kubernetesKeys(readFile),
    jwt: jwtKeys(readFile),
    cert: certKeys(),
  }).transform((keys, context): VaultAuth => {
    const [method, ...others] = methodsIn(keys);
    for (const other of others) {
      const problem = `must not be set beside vault.auth.${method}: the service logs in by one method`;
      context.addIssue({ code: 'custom', path: FIRST_KEY[other], message: problem });
    }
    const auth = method === undefined ? fromEnvironment(env) : authOf(method, keys, readFile);
    if (!('missing' in auth)) return auth;
    for (const { path, message } of auth.missing) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
    return z.NEVER;
  });
}

function appRoleKeys(readFile: ReadFile) {
  return section({
    mount: authMount('approle', 'AppRole'),
    role_id: optional(oneWord('must be the role id of an AppRole'), {
      doc: 'Role id of the service; with `secret_id_file` it logs in by AppRole.',
    }),
    secret_id_file: optional(laterFile(readFile, 'the secret id of an AppRole'), {
      doc: 'File with the secret id, read again for each login.',
      file: 'secret',
    }),
    wrapped_for_role: optional(nameText('must be the name of an AppRole'), {
      doc: 'Where that file holds a wrapping token instead: the role whose secret id it has to be. It is opened once.',
    }),
  });
}

function kubernetesKeys(readFile: ReadFile) {
  return section({
    mount: authMount('kubernetes', 'Kubernetes'),
    role: optional(nameText('must be the name of a role'), {
      doc: 'Role of the service; with it, it logs in with its service account in Kubernetes.',
    }),
    jwt_file: optional(laterFile(readFile, 'one token and nothing else'), {
      doc: `File with the token of the service account, read again for each login. Without it: ${POD_TOKEN}.`,
      file: 'secret',
    }),
  });
}

function jwtKeys(readFile: ReadFile) {
  return section({
    mount: authMount('jwt', 'JWT'),
    role: optional(nameText('must be the name of a role'), {
      doc: 'Role of the service; with `jwt_file` it logs in with a token of an issuer that Vault trusts.',
    }),
    jwt_file: optional(laterFile(readFile, 'one token and nothing else'), {
      doc: 'File with that token, read again for each login.',
      file: 'secret',
    }),
  });
}

function certKeys() {
  return section({
    mount: authMount('cert', 'TLS certificate'),
    enabled: withDefault(yesOrNo(), {
      default: false,
      doc: 'Whether the service logs in with the certificate in `vault.client_cert_file`.',
    }),
    name: optional(nameText('must be the name of a certificate role'), {
      doc: 'The one role that it logs in by. Without it: any that trusts the certificate.',
    }),
  });
}

function authMount(standard: string, method: string) {
  return withDefault(mountPath(), {
    default: standard,
    doc: `Path of the ${method} auth method, without auth/.`,
  });
}

function nameText(message: string) {
  return text(/^[A-Za-z0-9._-]{1,128}$/, message);
}

function oneWord(message: string) {
  return text(/^[\x21-\x7e]{1,512}$/, message);
}

interface Keys {
  readonly token_file?: { readonly file: string; readonly token: Secret } | undefined;
  readonly approle: z.output<ReturnType<typeof appRoleKeys>>;
  readonly kubernetes: z.output<ReturnType<typeof kubernetesKeys>>;
  readonly jwt: z.output<ReturnType<typeof jwtKeys>>;
  readonly cert: z.output<ReturnType<typeof certKeys>>;
}

type Method = 'token_file' | 'approle' | 'kubernetes' | 'jwt' | 'cert';

/** Where it is said that a method is one too many. */
const FIRST_KEY: Readonly<Record<Method, string[]>> = {
  token_file: ['token_file'],
  approle: ['approle', 'role_id'],
  kubernetes: ['kubernetes', 'role'],
  jwt: ['jwt', 'role'],
  cert: ['cert', 'enabled'],
};

function methodsIn({ token_file, approle, kubernetes, jwt, cert }: Keys): readonly Method[] {
  const set: Readonly<Record<Method, boolean>> = {
    token_file: token_file !== undefined,
    approle: (approle.role_id ?? approle.secret_id_file ?? approle.wrapped_for_role) !== undefined,
    kubernetes: (kubernetes.role ?? kubernetes.jwt_file) !== undefined,
    jwt: (jwt.role ?? jwt.jwt_file) !== undefined,
    cert: cert.enabled || cert.name !== undefined,
  };
  const methods: readonly Method[] = ['approle', 'kubernetes', 'jwt', 'cert', 'token_file'];
  return methods.filter((method) => set[method]);
}

interface Missing {
  readonly missing: readonly { readonly path: readonly string[]; readonly message: string }[];
}

function fromEnvironment(env: Environment): VaultAuth | Missing {
  const token = firstSet(env, TOKEN_VARIABLES)?.value;
  if (token !== undefined && isToken(token)) return { method: 'token', token: new Secret(token) };
  const message =
    'must name a file that holds the token, or VAULT_TOKEN must hold it, or another key of vault.auth must say how the service logs in';
  return { missing: [{ path: ['token_file'], message }] };
}

function authOf(method: Method, keys: Keys, readFile: ReadFile): VaultAuth | Missing {
  switch (method) {
    case 'token_file':
      return keys.token_file === undefined ? { missing: [] } : { method, ...keys.token_file };
    case 'approle': {
      const { mount, role_id: roleId, secret_id_file: secretIdFile } = keys.approle;
      if (roleId !== undefined && secretIdFile !== undefined) {
        return { method, mount, roleId, secretIdFile, wrappedFor: keys.approle.wrapped_for_role };
      }
      return lacking(method, [
        ['role_id', roleId, 'must be the role id of an AppRole'],
        ['secret_id_file', secretIdFile, 'must name a file that holds the secret id of an AppRole'],
      ]);
    }
    case 'kubernetes':
    case 'jwt': {
      const { mount, role } = keys[method];
      const jwtFile =
        keys[method].jwt_file ?? (method === 'kubernetes' ? podToken(readFile) : undefined);
      if (role !== undefined && jwtFile !== undefined) return { method, mount, role, jwtFile };
      return lacking(method, [
        ['role', role, 'must be the name of a role'],
        ['jwt_file', jwtFile, 'must name a file that holds one token and nothing else'],
      ]);
    }
    case 'cert':
      return { method, mount: keys.cert.mount, name: keys.cert.name };
  }
}

/** Its name, where it is there. */
function podToken(readFile: ReadFile): string | undefined {
  return laterFile(readFile, 'one token').safeParse(POD_TOKEN).data;
}

function lacking(
  method: Method,
  keys: readonly (readonly [key: string, value: unknown, message: string])[],
): Missing {
  const missing = keys
    .filter(([, value]) => value === undefined)
    .map(([key, , message]) => ({ path: [method, key], message }));
  return { missing };
}
