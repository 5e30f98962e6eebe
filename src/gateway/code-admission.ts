import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import { type AppLogin, type LoggedIn, loggedIn } from './app-login.ts';
import { limitedBy, TrustedProxies } from './client-address.ts';
import type { EdgeRules } from './edge-rules.ts';
import { checkOrigin } from './origins.ts';
import { Refusal } from './refusal.ts';
import { guardCodePost } from './request-guard.ts';
import { RequestLimits } from './request-limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose code it is, where a login is configured. */
    login: LoggedIn | undefined;
  }
}

/** Lets the requests for codes in, before anything of their body is read. */
export class CodeAdmission {
  readonly #limits: RequestLimits;
  readonly #metrics: Metrics;
  #rules: EdgeRules;
  #proxies: TrustedProxies;

  constructor(rules: EdgeRules, deps: { readonly clock: Clock; readonly metrics: Metrics }) {
    this.#limits = new RequestLimits(deps);
    this.#metrics = deps.metrics;
    this.#rules = rules;
    this.#proxies = new TrustedProxies(rules.trustedProxies);
  }

  /** For the requests that come from now on; what was used of a limit stays used. */
  setRules(rules: EdgeRules): void {
    this.#rules = rules;
    this.#proxies = new TrustedProxies(rules.trustedProxies);
  }

  /**
   * In this order: a page of a stranger must not use up what the address of its visitor may, and the
   * limit of the address keeps tokens from being tried.
   * @throws Refusal
   */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { corsOrigins, rateLimits, login } = this.#rules;
    checkOrigin(request, reply, corsOrigins);
    if (request.method === 'OPTIONS') return;
    this.#limits.take('address', this.#addressOf(request), rateLimits.perAddressPerMinute);
    guardCodePost(request);
    if (login === undefined) return;
    request.login = await this.#loggedIn(request, login);
    const { externalUserId } = request.login;
    this.#limits.take('session', externalUserId, rateLimits.perSessionPerMinute);
  }

  /** Whether an address has as many connections as it likes: clients cannot be told apart by it. */
  isManyClients(address: string): boolean {
    return this.#rules.rateLimits.perAddressPerMinute === 0 || this.#proxies.trusts(address);
  }

  #addressOf({ socket, headers }: FastifyRequest): string {
    // Node joins those of several headers, in their order.
    const forwardedFor = [headers['x-forwarded-for']].flat().join(',');
    return limitedBy(this.#proxies.clientOf(socket.remoteAddress ?? '', forwardedFor));
  }

  async #loggedIn({ headers }: FastifyRequest, login: AppLogin): Promise<LoggedIn> {
    try {
      const user = await loggedIn(headers.authorization, login);
      this.#metrics.count('tokenvault_gateway_logins_total', { outcome: 'ok' });
      return user;
    } catch (error) {
      const outcome = error instanceof Refusal ? (error.cause ?? 'unknown') : 'unknown';
      this.#metrics.count('tokenvault_gateway_logins_total', { outcome });
      throw error;
    }
  }
}
