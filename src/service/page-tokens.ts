import { Failure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { UsersFilter } from './token-vault.ts';

/** How far a list has come. */
export interface ListPlace {
  readonly shard: number;
  /** Name of the last record of the shard that was looked at; empty before its first. */
  readonly after: string;
}

const TOKEN = /^(?<shard>\d{1,5})\.(?<after>[A-Za-z0-9_-]{0,28})\.(?<tag>[A-Za-z0-9_-]{28})$/;

/**
 * Places in a list as callers carry them from page to page. A tag under the key that all replicas share
 * ties the place to the filter: what nobody was given, or for another list, is refused.
 */
export class PageTokens {
  readonly #keyedHash: KeyedHash;

  constructor(keyedHash: KeyedHash) {
    this.#keyedHash = keyedHash;
  }

  write(place: ListPlace, filter: UsersFilter): string {
    return `${place.shard}.${place.after}.${this.#tag(place, filter)}`;
  }

  /** @throws Failure FIELD_INVALID */
  read(token: string, filter: UsersFilter): ListPlace {
    const { shard, after, tag } = TOKEN.exec(token)?.groups ?? {};
    if (shard !== undefined && after !== undefined) {
      const place = { shard: Number(shard), after };
      // What a guess could win is a page of a list that the caller may have anyway.
      if (this.#tag(place, filter) === tag) return place;
    }
    const description =
      'The field must be the next_page_token of a page with the same state and oauth_client.';
    throw new Failure('FIELD_INVALID', { violations: [{ field: 'page_token', description }] });
  }

  #tag({ shard, after }: ListPlace, { state, oauthClient }: UsersFilter): string {
    return this.#keyedHash.of('page-token', `${shard}\n${after}\n${state}\n${oauthClient}`);
  }
}
