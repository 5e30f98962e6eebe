import type { Caller } from '../../domain/caller.ts';
import type { CallerTokens } from '../../domain/caller-tokens.ts';
import { Failure } from '../../domain/failure.ts';
import type { Metrics } from '../../domain/metrics.ts';
import { Secret } from '../../domain/secret.ts';
import type { CallerIdentities, PeerCall } from './caller-identities.ts';

/** A compact JWT as bearer token (RFC 6750 section 2.1): three parts of base64url. */
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/;

/** Who calls, by the token in the metadata of the call. */
export class TokenCallers implements CallerIdentities {
  readonly #tokens: CallerTokens;
  readonly #metrics: Metrics;

  constructor(tokens: CallerTokens, deps: { readonly metrics: Metrics }) {
    this.#tokens = tokens;
    this.#metrics = deps.metrics;
  }

  of({ metadata }: PeerCall): Caller | Promise<Caller> {
    const [sent, ...more] = metadata.get('authorization');
    if (sent === undefined) throw this.#refused('token_missing');
    const token = more.length === 0 ? BEARER.exec(sent.toString())?.[1] : undefined;
    if (token === undefined) throw this.#refused('token_form');
    return this.#tokens.callerOf(new Secret(token));
  }

  #refused(outcome: string): Failure {
    this.#metrics.count('tokenvault_caller_credentials_total', { outcome });
    return new Failure('CALLER_CREDENTIAL_INVALID', { detail: outcome });
  }
}
