import type { TokenOutcome, TokenReply } from '../../../src/domain/oauth-provider.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { GoogleProject } from '../../support/fakes/google-project.ts';
import type { History } from '../history.ts';

/** Whose a consent is. */
export interface Owner {
  readonly user: string;
  /** The alias, as callers name it. */
  readonly oauthClient: string;
}

/** Tells the history what Google does, and remembers which token came from which consent. */
export class GoogleWitness {
  readonly #history: History;
  readonly #project: GoogleProject;
  readonly #owners = new Map<string, Owner>();
  /** By refresh token: the code of the consent that it came from. */
  readonly #consents = new Map<string, string>();
  #requests = 0;

  constructor(history: History, project: GoogleProject) {
    this.#history = history;
    this.#project = project;
  }

  /** Says whose a code is, before anybody sends it. */
  codeMade(code: string, owner: Owner): void {
    this.#owners.set(code, owner);
  }

  codeSent(code: string, secret: string): void {
    this.#history.fact({ kind: 'code-sent', code, secret });
  }

  exchanged(outcome: TokenOutcome, sent: { code: string; secret: string }): TokenOutcome {
    const { code } = sent;
    const owner = this.#owners.get(code);
    if (outcome.kind === 'refused' && outcome.cause === 'invalid_client') {
      this.#history.fact({ kind: 'client-refused', ...sent });
    }
    if (outcome.kind !== 'tokens' || owner === undefined) return outcome;
    const { scopes = [] } = outcome;
    this.#history.fact({ kind: 'consent', code, ...owner, scopes });
    this.#given(outcome, { ...owner, consent: code });
    return outcome;
  }

  /** @returns says that the request has come to its end */
  refreshBegun(replica: string, token: string): () => void {
    this.#requests += 1;
    const request = this.#requests;
    const owner = this.#owners.get(this.#consents.get(token) ?? '');
    if (owner === undefined) return () => undefined;
    this.#history.fact({ kind: 'refresh-begun', request, replica, ...owner });
    return () => {
      this.#history.fact({ kind: 'refresh-over', request });
    };
  }

  refreshed(outcome: TokenOutcome, token: string): TokenOutcome {
    const consent = this.#consents.get(token);
    const owner = consent === undefined ? undefined : this.#owners.get(consent);
    if (outcome.kind === 'refused' && outcome.cause === 'invalid_grant') this.#noteExpired(token);
    if (outcome.kind !== 'tokens' || consent === undefined || owner === undefined) return outcome;
    this.#given(outcome, { ...owner, consent, replaces: token });
    if (outcome.refreshToken !== undefined) {
      this.#history.fact({ kind: 'refresh-token-ended', token, why: 'rotated' });
    }
    return outcome;
  }

  delivered(replica: string, { accessToken }: TokenReply): void {
    this.#history.fact({ kind: 'delivered', replica, accessToken: accessToken.reveal() });
  }

  /** Around what ends all tokens of a user, because this one was revoked. */
  revoked(token: string, act: () => void): void {
    this.#history.fact({ kind: 'revoked-at-google', token });
    this.#ending(this.#owners.get(this.#consents.get(token) ?? '')?.user, 'revoked', act);
  }

  /** The user ends the grant at Google. */
  userLeaves(user: string): void {
    this.#history.fact({ kind: 'user-left', user });
    this.#ending(user, 'left', () => this.#project.revokeUser(user));
  }

  #ending(user: string | undefined, why: 'revoked' | 'left', act: () => void): void {
    const before = user === undefined ? [] : this.#project.refreshTokensOf(user);
    act();
    for (const token of before) {
      if (this.#project.refreshTokenOwner(token) !== undefined) continue;
      this.#history.fact({ kind: 'refresh-token-ended', token: token.reveal(), why });
    }
  }

  #noteExpired(token: string): void {
    const isKnown = this.#project.refreshTokenOwner(new Secret(token)) !== undefined;
    if (isKnown) this.#history.fact({ kind: 'refresh-token-ended', token, why: 'expired' });
  }

  #given(reply: TokenReply, from: Owner & { consent: string; replaces?: string }): void {
    const { consent, replaces, ...owner } = from;
    const refreshToken = reply.refreshToken?.reveal();
    if (refreshToken !== undefined) {
      this.#consents.set(refreshToken, consent);
      const place = replaces === undefined ? {} : { replaces };
      this.#history.fact({ kind: 'refresh-token', token: refreshToken, consent, ...place });
    }
    this.#history.fact({
      kind: 'access-token',
      token: reply.accessToken.reveal(),
      ...owner,
      scopes: reply.scopes ?? [],
      consent,
      lifeMs: reply.expiresInMs,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    });
  }
}
