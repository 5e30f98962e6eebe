import { z } from 'zod';
import type { StandInObserver, StandInRequest } from '../../../src/dev/google/stand-in.ts';
import { canonicalScopes } from '../../../src/domain/scopes.ts';
import type { Histories } from './histories.ts';

const tokenReply = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  scope: z.string(),
  expires_in: z.number(),
});

interface Minted {
  readonly user: string;
  readonly oauthClient: string;
}

/** A refresh token that works, and the code that it goes back to. */
interface Held extends Minted {
  readonly consent: string;
}

type Answer = Parameters<StandInObserver['answered']>[1];

/** Writes down what Google knows: codes that came, tokens that it gave, and their ends. */
export class GoogleRecorder implements StandInObserver {
  readonly #histories: Histories;
  readonly #codes = new Map<string, Minted>();
  readonly #refreshTokens = new Map<string, Held>();

  constructor(histories: Histories) {
    this.#histories = histories;
  }

  /** A user has consented; the code is on its way to a replica. */
  minted(code: string, minted: Minted): void {
    this.#codes.set(code, minted);
  }

  /** The user ends everything at Google itself. */
  userLeaves(user: string): void {
    this.#histories.fact(user, { kind: 'user-left', user });
    this.#endTokensOf(user);
  }

  arrived({ path, form }: StandInRequest): void {
    const code = form.get('code');
    const minted = this.#codes.get(code ?? '');
    if (path !== '/token' || code === null || minted === undefined) return;
    const secret = form.get('client_secret') ?? '';
    this.#histories.fact(minted.user, { kind: 'code-sent', code, secret });
  }

  answered({ path, form }: StandInRequest, answer: Answer): void {
    if (path === '/revoke') this.#revoked(form.get('token') ?? '', answer.status === 200);
    if (path !== '/token') return;
    const body = typeof answer.body === 'string' ? JSON.parse(answer.body) : answer.body;
    if (form.get('grant_type') === 'refresh_token') {
      this.#refreshed(form.get('refresh_token') ?? '', body);
    } else this.#exchanged(form, body);
  }

  #exchanged(form: URLSearchParams, body: unknown): void {
    const code = form.get('code') ?? '';
    const minted = this.#codes.get(code);
    if (minted === undefined) return;
    const { user, oauthClient } = minted;
    const tokens = tokenReply.safeParse(body).data;
    if (tokens === undefined) {
      if (Object(body).error !== 'invalid_client') return;
      const secret = form.get('client_secret') ?? '';
      this.#histories.fact(user, { kind: 'client-refused', code, secret });
      return;
    }
    const scopes = canonicalScopes(tokens.scope.split(' '));
    this.#histories.fact(user, { kind: 'consent', code, user, oauthClient, scopes });
    const { refresh_token: token } = tokens;
    if (token !== undefined) this.#hold(token, { user, oauthClient, consent: code });
    this.#gaveAccess({ user, oauthClient, consent: code }, tokens);
  }

  #refreshed(used: string, body: unknown): void {
    const held = this.#refreshTokens.get(used);
    const tokens = tokenReply.safeParse(body).data;
    if (held === undefined || tokens === undefined) return;
    const { refresh_token: token } = tokens;
    if (token !== undefined) {
      this.#hold(token, held, used);
      this.#end(used, 'rotated');
    }
    this.#gaveAccess(held, tokens);
  }

  #hold(token: string, held: Held, replaces?: string): void {
    this.#refreshTokens.set(token, held);
    const { user, consent } = held;
    const replaced = replaces === undefined ? {} : { replaces };
    this.#histories.fact(user, { kind: 'refresh-token', token, consent, ...replaced });
  }

  #gaveAccess(held: Held, tokens: z.infer<typeof tokenReply>): void {
    this.#histories.fact(held.user, {
      kind: 'access-token',
      ...held,
      token: tokens.access_token,
      scopes: canonicalScopes(tokens.scope.split(' ')),
      lifeMs: tokens.expires_in * 1_000,
      ...(tokens.refresh_token !== undefined && { refreshToken: tokens.refresh_token }),
    });
  }

  /** Of a token that it does not know any more Google says so, and leaves the user's others alone. */
  #revoked(token: string, known: boolean): void {
    const held = this.#refreshTokens.get(token);
    if (held === undefined) return;
    this.#histories.fact(held.user, { kind: 'revoked-at-google', token });
    if (known) this.#endTokensOf(held.user);
  }

  #endTokensOf(user: string): void {
    for (const fact of [...this.#histories.of(user).facts]) {
      if (fact.kind === 'refresh-token') this.#end(fact.token, 'revoked');
    }
  }

  #end(token: string, why: 'revoked' | 'rotated'): void {
    const held = this.#refreshTokens.get(token);
    if (held === undefined) return;
    const history = this.#histories.of(held.user);
    const known = history.facts.some(
      (fact) => fact.kind === 'refresh-token-ended' && fact.token === token,
    );
    if (!known) history.fact({ kind: 'refresh-token-ended', token, why });
  }
}
