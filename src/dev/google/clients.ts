import { timingSafeEqual } from 'node:crypto';
import type { ClientMetadata } from 'oidc-provider';

/** A web client of the project. Google lets two secrets be enabled at once, for rotation. */
export interface StandInClient {
  readonly clientId: string;
  readonly clientSecrets: readonly string[];
  readonly redirectUris?: readonly string[];
}

/** oidc-provider wants one; `.invalid` leads nowhere (RFC 6761 section 6.4). */
const NO_REDIRECT_URI = 'https://stand-in.invalid/';

/** The OAuth clients: all of one project, as Google's revocation sees them. */
export class Clients {
  readonly #clients: ReadonlyMap<string, StandInClient>;
  readonly #secrets = new Map<string, readonly string[]>();

  constructor(clients: readonly StandInClient[]) {
    this.#clients = new Map(clients.map((client) => [client.clientId, client]));
    for (const client of clients) this.setSecrets(client.clientId, client.clientSecrets);
  }

  /** @throws Error for an unknown client, or more than the two secrets that Google allows */
  setSecrets(clientId: string, secrets: readonly string[]): void {
    this.get(clientId);
    if (secrets.length > 2) throw new Error('A Google client has at most two secrets.');
    this.#secrets.set(clientId, [...secrets]);
  }

  accepts(clientId: string, secret: string): boolean {
    const given = Buffer.from(secret);
    return (this.#secrets.get(clientId) ?? []).some((known) => {
      const bytes = Buffer.from(known);
      return bytes.length === given.length && timingSafeEqual(bytes, given);
    });
  }

  /** @throws Error for an unknown client */
  get(clientId: string): StandInClient {
    const client = this.#clients.get(clientId);
    if (client === undefined) throw new Error(`The stand-in has no client ${clientId}.`);
    return client;
  }

  /** Whether the client is known and has registered this URI, to the letter. */
  mayReturnTo(clientId: string, redirectUri: string): boolean {
    return this.#clients.get(clientId)?.redirectUris?.includes(redirectUri) === true;
  }

  metadata(): ClientMetadata[] {
    return [...this.#clients.values()].map(({ clientId, redirectUris = [] }) => ({
      client_id: clientId,
      // Never compared: the provider asks accepts() instead.
      client_secret: 'see-accepts',
      redirect_uris: redirectUris.length === 0 ? [NO_REDIRECT_URI] : [...redirectUris],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    }));
  }
}
