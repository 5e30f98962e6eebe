import type { ExchangeStore } from '../../src/domain/exchange-store.ts';
import type { KeyedHash } from '../../src/domain/keyed-hash.ts';
import type { LinkStore } from '../../src/domain/link-store.ts';
import type { OAuthClient, OAuthClientStore } from '../../src/domain/oauth-client.ts';
import type { RevocationStore } from '../../src/domain/revocation-store.ts';
import type { UserStore } from '../../src/domain/user-store.ts';

/** One implementation of the store ports, and what only its owner can do to it. */
export interface StoreHarness {
  readonly users: UserStore;
  readonly links: LinkStore;
  readonly exchanges: ExchangeStore;
  readonly revocations: RevocationStore;
  readonly clients: OAuthClientStore;
  readonly keyedHash: KeyedHash;
  /** Puts something that is no record in place of a user's. */
  corruptUser(userId: string): Promise<void>;
  /** How many versions of a user's record still have their data. */
  keptUserVersions(userId: string): Promise<number>;
  corruptLink(externalUserId: string): Promise<void>;
  corruptExchange(code: string): Promise<void>;
  configureClient(alias: string, client: ConfiguredClient): Promise<void>;
  /** Configures a client without its secret. */
  breakClient(alias: string): Promise<void>;
  close(): Promise<void>;
}

export type ConfiguredClient = Omit<OAuthClient, 'alias' | 'version'>;

/** A fresh implementation for each test: none sees another's records. */
export type MakeHarness = () => Promise<StoreHarness>;
