import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { servicePolicy } from '../../../src/vault/admin/policies.ts';
import type { AppWorld } from '../../../test/support/app-world.ts';
import { AuthOperator, tokenIssuer } from '../../../test/support/vault-auth.ts';
import { putFile } from '../put-file.ts';
import type { RotatedSecret } from '../rotated-secret.ts';

const CLAIMS = { sub: 'tokenvault', aud: 'vault' };
/** So short that the service logs in again and again besides. */
const LIFE = { ttl: '20s', maxTtl: '40s' };
const AN_HOUR_S = 3_600;

/** How the service logs in by the JWT that a platform writes into a file, as `vault.auth` has it. */
export interface JwtLogin {
  readonly auth: { readonly jwt: Readonly<Record<'mount' | 'role' | 'jwt_file', string>> };
  readonly secret: RotatedSecret;
}

/** Makes the auth method, its role, and a first token. */
export async function jwtLogin(
  { root, mounts }: AppWorld,
  { folder, process }: { readonly folder: string; readonly process: string },
): Promise<JwtLogin> {
  const operator = new AuthOperator(root, servicePolicy(mounts).name);
  const [issuer, stranger] = await Promise.all([tokenIssuer(), tokenIssuer()]);
  const mount = await operator.enable('jwt');
  await operator.write(`auth/${mount}/config`, { jwt_validation_pubkeys: [issuer.publicPem] });
  await operator.write(`auth/${mount}/role/service`, {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_subject: CLAIMS.sub,
    bound_audiences: [CLAIMS.aud],
    ...operator.tokenFields(LIFE),
  });
  const file = join(folder, 'jwt');
  await writeFile(file, await issuer.sign(CLAIMS), { mode: 0o600 });
  const later = () => Math.floor(Date.now() / 1_000) + AN_HOUR_S;
  const wrongs: readonly (() => Promise<string>)[] = [
    () => stranger.sign(CLAIMS),
    () => issuer.sign({ ...CLAIMS, aud: 'somebody-else' }),
    () => issuer.sign({ ...CLAIMS, sub: 'another-service' }),
    () => issuer.sign({ ...CLAIMS, nbf: later() }),
    async () => (await issuer.sign(CLAIMS)).slice(0, -9),
  ];
  const secret: RotatedSecret = {
    name: 'JWT for Vault',
    processes: [process],
    taken: { event: 'vault_token_replaced', fields: { method: 'jwt' } },
    refused: { event: 'vault_login_refused', fields: { method: 'jwt' } },
    rotate: async () => putFile(file, await issuer.sign(CLAIMS)),
    spoil: async (turn) => putFile(file, (await wrongs[turn % wrongs.length]?.()) ?? ''),
  };
  return { auth: { jwt: { mount, role: 'service', jwt_file: file } }, secret };
}
