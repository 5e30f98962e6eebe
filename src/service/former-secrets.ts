import type { Clock } from '../domain/clock.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { Secret } from '../domain/secret.ts';

/** Google takes minutes to know a new secret everywhere. */
const KEPT_MS = 3_600_000;

interface Accepted {
  readonly clientId: string;
  readonly secret: Secret;
}

/**
 * The secret of each OAuth client that worked until another took its place: some part of Google may
 * not know the new one yet, and ops need not have kept the old one in Vault.
 */
export class FormerSecrets {
  readonly #clock: Clock;
  readonly #accepted = new Map<string, Accepted>();
  readonly #former = new Map<string, Accepted & { readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Google accepted the secret with a code or a token. */
  accepted({ alias, clientId }: OAuthClient, secret: Secret): void {
    this.#accepted.set(alias, { clientId, secret });
  }

  /** The client is in use from now on, with another newest secret than before. */
  replaced({ alias, secrets }: OAuthClient): void {
    const last = this.#accepted.get(alias);
    if (last === undefined || secrets.some((secret) => secret.equals(last.secret))) return;
    this.#former.set(alias, { ...last, until: this.#clock.monotonic() + KEPT_MS });
  }

  /** For an hour after it was replaced. */
  of({ alias, clientId }: OAuthClient): Secret | undefined {
    const former = this.#former.get(alias);
    if (former === undefined) return undefined;
    if (this.#clock.monotonic() >= former.until) this.#former.delete(alias);
    else if (former.clientId === clientId) return former.secret;
    return undefined;
  }

  /** Nothing of this name is in use any more. */
  forget(alias: string): void {
    this.#accepted.delete(alias);
    this.#former.delete(alias);
  }
}
