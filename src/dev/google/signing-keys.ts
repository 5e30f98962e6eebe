import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign as signBytes,
} from 'node:crypto';
import type { ExternalSigningKey, JWK } from 'oidc-provider';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** ID token keys: the newest signs, older ones stay published so that earlier tokens verify. */
export class SigningKeys {
  readonly #keys: SigningKey[] = [generate()];

  rotate(): void {
    this.#keys.unshift(generate());
  }

  get current(): SigningKey {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('unreachable: there is always a key');
    return key;
  }

  /** `/oauth2/v3/certs`. */
  jwks(): { keys: JWK[] } {
    return { keys: this.#keys.map((key) => publicJwk(key)) };
  }

  /** `/oauth2/v1/certs`: Google has X.509 certificates there; what verifies takes a bare key too. */
  pems(): Record<string, string> {
    return Object.fromEntries(
      this.#keys.map((key) => [
        key.kid,
        key.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      ]),
    );
  }
}

/**
 * The key as oidc-provider wants it: one key whose id and signature follow the rotation. It reads
 * the id and calls sign() without a pause in between, so the two always belong together.
 */
export function rotatingSigningKey(
  Base: typeof ExternalSigningKey,
  keys: SigningKeys,
): ExternalSigningKey {
  class RotatingKey extends Base {
    override get kid(): string {
      return keys.current.kid;
    }

    override get alg(): string {
      return 'RS256';
    }

    override keyObject(): KeyObject {
      return keys.current.publicKey;
    }

    override async sign(data: Buffer): Promise<Buffer> {
      return signBytes('sha256', data, keys.current.privateKey);
    }
  }
  return new RotatingKey();
}

function generate(): SigningKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    kid: randomBytes(20).toString('hex'),
    privateKey,
    publicKey: createPublicKey(privateKey),
  };
}

function publicJwk({ kid, publicKey }: SigningKey): JWK {
  const { n, e } = publicKey.export({ format: 'jwk' });
  return { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n, e };
}
