import type Provider from 'oidc-provider';
import type { errors } from 'oidc-provider';
import { type GoogleError, TOKEN_ERROR_RULES, TOKEN_ERRORS } from './google-errors.ts';
import { type Context, errorReply, type StandInRequest, send } from './http.ts';
import { EMPTY_REDIRECT_URI } from './mint.ts';
import { withCanonicalScope } from './scopes.ts';

/** Google's manners around oidc-provider's token endpoint. */
export interface TokenEndpoint {
  /** The form as oidc-provider understands it. */
  prepare(request: StandInRequest): string;
  /** Makes the answer in `ctx` the one that Google would have given. */
  finish(ctx: Context, request: StandInRequest): void;
}

export function createTokenEndpoint(
  provider: Provider,
  settings: { readonly rotateRefreshTokens: boolean },
): TokenEndpoint {
  const refusals = new WeakMap<object, errors.OIDCProviderError>();
  provider.on('grant.error', (ctx, error) => refusals.set(ctx, error));
  return {
    prepare: normalizedForm,
    finish(ctx, request) {
      const refusal = refusals.get(ctx);
      if (refusal !== undefined) {
        send(ctx, errorReply(googleErrorOf(refusal)));
      } else if (request.form.get('grant_type') === 'refresh_token') {
        if (!settings.rotateRefreshTokens) ctx.body = withoutRefreshToken(ctx.body);
      }
    },
  };
}

function normalizedForm({ form }: StandInRequest): string {
  const normalized = withCanonicalScope(form);
  if (form.get('redirect_uri') === '') normalized.set('redirect_uri', EMPTY_REDIRECT_URI);
  return normalized.toString();
}

function googleErrorOf(refusal: errors.OIDCProviderError): GoogleError {
  const cause = refusal.cause instanceof Error ? refusal.cause.message : '';
  const said = [refusal.error, refusal.error_description, refusal.error_detail, cause].join(' ');
  const rule = TOKEN_ERROR_RULES.find(([pattern]) => pattern.test(said));
  return rule?.[1] ?? TOKEN_ERRORS.badRequest;
}

/** Google does not repeat the refresh token in the answer to its use. */
function withoutRefreshToken(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { refresh_token: _repeated, ...rest } = body as { refresh_token?: unknown };
  return rest;
}
