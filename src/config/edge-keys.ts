import { isIP } from 'node:net';
import { z } from 'zod';
import { isSafeUrl } from '../domain/safe-url.ts';
import { list, wholeNumber } from './scalars.ts';
import { optional, section, withDefault } from './setting.ts';

const MOST_ORIGINS = 100;
const MOST_PROXIES = 100;
const MOST_A_MINUTE = 1_000_000;

/** What the gateway lets in, and how often. */
export interface EdgeConfig {
  readonly corsOrigins: readonly string[];
  /** Addresses, or networks as `address/prefix`. */
  readonly trustedProxies: readonly string[];
  readonly rateLimits: {
    /** 0: no limit. */
    readonly perAddressPerMinute: number;
    readonly perSessionPerMinute: number;
  };
}

/** The keys of the `gateway` section that say it. */
export function edgeKeys() {
  return {
    cors_origins: optional(list(pageOrigin(), MOST_ORIGINS), {
      doc: 'Pages of which other origins may post codes. Without any: those that the gateway’s own name serves.',
      reloads: true,
    }),
    trusted_proxies: optional(list(network(), MOST_PROXIES), {
      doc: 'Addresses and networks whose `X-Forwarded-For` says where a request comes from. Without any it is never looked at.',
      reloads: true,
    }),
    rate_limits: section({
      per_address_per_minute: withDefault(wholeNumber(0, MOST_A_MINUTE), {
        default: 120,
        doc: 'Codes that one address may post, an IPv6 network of /64 being one; further ones are answered 429. Those of a minute may come at once. 0 is no limit.',
        unit: 'requests',
        reloads: true,
      }),
      per_session_per_minute: withDefault(wholeNumber(0, MOST_A_MINUTE), {
        default: 30,
        doc: 'The same for one user of the app, where `gateway.login_jwt` says who that is.',
        unit: 'requests',
        reloads: true,
      }),
    }),
  };
}

export function edgeConfig(keys: {
  readonly cors_origins?: readonly string[] | undefined;
  readonly trusted_proxies?: readonly string[] | undefined;
  readonly rate_limits: {
    readonly per_address_per_minute: number;
    readonly per_session_per_minute: number;
  };
}): EdgeConfig {
  return {
    corsOrigins: keys.cors_origins ?? [],
    trustedProxies: keys.trusted_proxies ?? [],
    rateLimits: {
      perAddressPerMinute: keys.rate_limits.per_address_per_minute,
      perSessionPerMinute: keys.rate_limits.per_session_per_minute,
    },
  };
}

/** An origin letter for letter as browsers send it (RFC 6454 section 6.2); no pattern, no `null`. */
function pageOrigin() {
  const message =
    'must be an origin as browsers send it, such as https://app.example.com (http only for loopback hosts), without a path, and no pattern';
  return z
    .string({ error: () => message })
    .refine((origin) => isSafeUrl(origin) && isOrigin(origin), { error: message });
}

function isOrigin(text: string): boolean {
  return new URL(text).origin === text && !text.includes('*');
}

function network() {
  const message =
    'must be an address or a network, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32, and not all there are';
  return z.string({ error: () => message }).refine((entry) => isNetwork(entry), { error: message });
}

function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...more] = entry.split('/');
  const longest = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return false;
  return prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= longest);
}
