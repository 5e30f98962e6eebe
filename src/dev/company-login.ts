import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const ALGORITHM = 'ES256';
const KEY_ID = 'dev';
/** Only the post of one code needs it. */
const LIFE = '1 minute';

/** What the gateway is told of this login, in the words of its configuration. */
export const LOGIN_TERMS = {
  issuer: 'https://login.dev.tokenvault.example',
  audience: 'tokenvault-gateway',
  algorithms: [ALGORITHM],
};

/**
 * The login of the company's own app, which every product has before TokenVault comes: it says which
 * user of the app somebody is. Its key is as old as the process.
 */
export interface CompanyLogin {
  /** Its public key, as a JWK set. */
  readonly jwksFile: string;
  /** A JWT for the gateway, which names `user`. */
  tokenFor(user: string): Promise<string>;
}

export async function openCompanyLogin(directory: string): Promise<CompanyLogin> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' };
  const jwksFile = join(directory, 'login-keys.json');
  await writeFile(jwksFile, JSON.stringify({ keys: [jwk] }));
  const tokenFor = (user: string) =>
    new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT' })
      .setIssuer(LOGIN_TERMS.issuer)
      .setAudience(LOGIN_TERMS.audience)
      .setSubject(user)
      .setIssuedAt()
      .setExpirationTime(LIFE)
      .sign(privateKey);
  return { jwksFile, tokenFor };
}
