import { type BearerFault, bearerToken } from '../../domain/bearer-token.ts';
import type { Caller } from '../../domain/caller.ts';
import type { CallerTokens } from '../../domain/caller-tokens.ts';
import { Failure } from '../../domain/failure.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { CallerIdentities, PeerCall } from './caller-identities.ts';

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
    const token = more.length === 0 ? bearerToken(sent?.toString()) : 'token_form';
    if (typeof token === 'string') throw this.#refused(token);
    return this.#tokens.callerOf(token);
  }

  refusalOf(authorization: string | undefined): Failure | undefined {
    const token = bearerToken(authorization);
    return typeof token === 'string' ? this.#refused(token) : undefined;
  }

  #refused(outcome: BearerFault): Failure {
    this.#metrics.count('tokenvault_caller_credentials_total', { outcome });
    return new Failure('CALLER_CREDENTIAL_INVALID', { detail: outcome });
  }
}
