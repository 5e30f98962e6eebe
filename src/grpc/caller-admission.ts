import { type Rate, RateLimit } from '../concurrency/rate-limit.ts';
import type { CallContext, Caller } from '../domain/caller.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import type { Clock } from '../domain/clock.ts';
import type { RpcName } from '../domain/rpc-name.ts';
import type { CallerPolicy } from './caller-policy.ts';
import type { GrpcLimits } from './transport-limits.ts';

/** Lets a call in, before anything of it is read: what it asks for is its caller's, and not too often. */
export class CallerAdmission {
  readonly #policy: CallerPolicy;
  readonly #otherwise: number;
  readonly #rates: RateLimit;

  constructor(policy: CallerPolicy, limits: Pick<GrpcLimits, 'requestsPerSecond'>, clock: Clock) {
    this.#policy = policy;
    this.#otherwise = limits.requestsPerSecond;
    this.#rates = new RateLimit(clock);
  }

  /** @throws Failure CALLER_NOT_ALLOWED, which costs the caller nothing; CALLER_RATE_LIMITED */
  admit(caller: Caller, rpc: RpcName): CallerRights {
    const rights = this.#policy.rightsOf(caller);
    if (!rights.allowsRpc(rpc)) throw notAllowed('rpc');
    this.#rates.take(caller.id, this.#rateOf(rights));
    return rights;
  }

  /** Counts `more` calls for one that was let in: later ones wait for them. */
  charge({ caller, rights }: Pick<CallContext, 'caller' | 'rights'>, more: number): void {
    this.#rates.owe(caller.id, this.#rateOf(rights), more);
  }

  #rateOf(rights: CallerRights): Rate {
    return perSecond(rights.requestsPerSecond ?? this.#otherwise);
  }
}

function perSecond(most: number): Rate {
  return { most, inMs: 1_000 };
}
