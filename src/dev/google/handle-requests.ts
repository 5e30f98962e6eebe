import { setTimeout as sleep } from 'node:timers/promises';
import type Provider from 'oidc-provider';
import { accountPageRoute } from './account-page.ts';
import { adminRoute } from './admin.ts';
import { certsRoute } from './certs.ts';
import type { StandInControls } from './controls.ts';
import { driveRoute } from './drive.ts';
import type { Fault } from './faults.ts';
import {
  type Context,
  json,
  type Next,
  type Reply,
  type Route,
  readRequest,
  replay,
  type StandInRequest,
  send,
} from './http.ts';
import type { Project } from './provider.ts';
import { revokeRoute } from './revoke.ts';
import { withCanonicalScope } from './scopes.ts';
import type { Throttle } from './throttle.ts';
import { createTokenEndpoint } from './token-endpoint.ts';
import { tokenInfoRoute } from './token-info.ts';

/**
 * Sees every request that arrives, and what comes of each that takes effect; the answer is one that a
 * fault may still lose on its way.
 */
export interface StandInObserver {
  arrived(request: StandInRequest): void;
  answered(
    request: StandInRequest,
    answer: { readonly status: number; readonly body: unknown },
  ): void;
  /** Its answer has left, or its connection has gone. */
  left?(request: StandInRequest, status: number): void;
}

export interface StandInParts {
  readonly controls: StandInControls;
  readonly throttle: Throttle;
  readonly observer: StandInObserver | undefined;
}

const TOO_LARGE = json(413, { error: 'The body is larger than 64 KiB.' });

/**
 * The way of every request: log, fault, our own routes, and oidc-provider for the rest. Our part
 * comes before the library's because `provider.use` puts it there.
 */
export function handleRequests(
  provider: Provider,
  project: Project,
  { controls, throttle, observer }: StandInParts,
): void {
  const admin = adminRoute(controls);
  const tokenEndpoint = createTokenEndpoint(provider, project.settings);
  const routes: readonly Route[] = [
    certsRoute(project.keys),
    revokeRoute(provider, (sub) => void controls.revokeUser(sub)),
    tokenInfoRoute(provider, project),
    driveRoute(provider, project.users),
    accountPageRoute(project),
  ];

  /** Hands the request to oidc-provider, in its words, and puts the answer into Google's. */
  async function askLibrary(ctx: Context, request: StandInRequest, next: Next): Promise<void> {
    const isToken = request.path === '/token' && request.method === 'POST';
    const url = `${request.path}?${withCanonicalScope(request.query)}`;
    const body = isToken ? tokenEndpoint.prepare(request) : request.body;
    ctx.req = replay(ctx.req, { url, body });
    ctx.request.req = ctx.req;
    await next();
    if (isToken) tokenEndpoint.finish(ctx, request);
  }

  provider.use(async (ctx, next) => {
    const request = await readRequest(ctx.req);
    if (request === undefined) return send(ctx, TOO_LARGE);
    const administration = await admin(request);
    if (administration !== undefined) return send(ctx, administration);
    controls.requests.record(request);
    observer?.arrived(request);
    ctx.res.once('close', () => observer?.left?.(request, ctx.res.statusCode));
    await withFault(ctx, controls.faults.take(request), async () => {
      const tooMany = request.path === '/token' ? throttle.refusal() : undefined;
      if (tooMany !== undefined) return send(ctx, tooMany);
      const reply = await firstReply(routes, request);
      if (reply !== undefined) send(ctx, reply);
      else await askLibrary(ctx, request, next);
      observer?.answered(request, { status: ctx.status, body: ctx.body });
    });
  });
}

async function firstReply(
  routes: readonly Route[],
  request: StandInRequest,
): Promise<Reply | undefined> {
  for (const route of routes) {
    const reply = await route(request);
    if (reply !== undefined) return reply;
  }
  return undefined;
}

async function withFault(
  ctx: Context,
  fault: Fault | undefined,
  answer: () => Promise<void>,
): Promise<void> {
  if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
  if (fault?.drop === 'before') return dropConnection(ctx);
  if (fault?.status !== undefined) {
    return send(ctx, {
      status: fault.status,
      body: fault.body ?? '',
      headers: fault.headers ?? {},
    });
  }
  await answer();
  if (fault?.drop === 'after') return dropConnection(ctx);
  if (fault?.body !== undefined) ctx.body = fault.body;
  for (const [name, value] of Object.entries(fault?.headers ?? {})) ctx.set(name, value);
}

function dropConnection(ctx: Context): void {
  ctx.respond = false;
  ctx.res.socket?.destroy();
}
