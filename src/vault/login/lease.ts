import type { Random } from '../../domain/random.ts';
import type { Granted } from './login-method.ts';

/** A token, and for how long Vault has promised it. Times are monotonic, milliseconds. */
export interface Lease extends Granted {
  /** When the request left that Vault answered with it: the lease cannot end before this and `leaseMs`. */
  readonly since: number;
  /** What a lease of this token was at its longest. */
  readonly fullMs: number;
  /** When to ask for a longer one; undefined where that is of no use. */
  readonly renewAt: number | undefined;
  /** When to have another token. */
  readonly replaceAt: number;
}

/** Two thirds, and up to a tenth of it earlier or later, so that replicas do not come together. */
const RENEW_SHARE = 2 / 3;
const RENEW_JITTER = 0.1;
/** From here to a twentieth later. */
const REPLACE_SHARE = 0.85;
const REPLACE_SPREAD = 0.05;
/** A renewal that gives less of the full lease than this has met the token's maximum. */
const CAPPED_SHARE = 0.9;

/** A lease that Vault gave for a request sent at `since`; `before` is what the same token had until then. */
export function leaseOf(
  granted: Granted,
  since: number,
  options: { readonly random: Random; readonly before?: Lease },
): Lease {
  const { random, before } = options;
  const { leaseMs, renewable } = granted;
  const fullMs = Math.max(leaseMs, before?.fullMs ?? 0);
  const grows = renewable && leaseMs >= CAPPED_SHARE * fullMs;
  const jitter = 1 - RENEW_JITTER + 2 * RENEW_JITTER * random.unit();
  return {
    ...granted,
    since,
    fullMs,
    renewAt: grows && leaseMs !== Infinity ? since + leaseMs * RENEW_SHARE * jitter : undefined,
    replaceAt: since + leaseMs * (REPLACE_SHARE + REPLACE_SPREAD * random.unit()),
  };
}
