import type { AppLogin } from './app-login.ts';

/** What the gateway lets in, and how often. It may change while requests are under way. */
export interface EdgeRules {
  /** Pages of which other origins may post codes, letter for letter as browsers send it. */
  readonly corsOrigins: readonly string[];
  /** Addresses, or networks as `address/prefix`, whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly rateLimits: {
    /** 0: no limit. */
    readonly perAddressPerMinute: number;
    readonly perSessionPerMinute: number;
  };
  /** Without it, nobody says whose code it is that comes. */
  readonly login?: AppLogin | undefined;
}
