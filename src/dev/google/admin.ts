import { z } from 'zod';
import type { StandInControls } from './controls.ts';
import { json, type Reply, type Route, type StandInRequest } from './http.ts';

const mint = z.strictObject({
  clientId: z.string(),
  sub: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  source: z.enum(['mobile', 'postmessage', 'redirect']).optional(),
  redirectUri: z.string().optional(),
  codeChallenge: z.string().optional(),
  nonce: z.string().optional(),
  accessType: z.enum(['offline', 'online']).optional(),
  prompt: z.string().optional(),
  ttlSeconds: z.int().optional(),
});

const fault = z.strictObject({
  path: z.string(),
  form: z.record(z.string(), z.string()).optional(),
  times: z.int().min(1).optional(),
  status: z.int().min(100).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  delayMs: z.int().min(0).max(600_000).optional(),
  drop: z.enum(['before', 'after']).optional(),
});

const revocation = z.strictObject({ sub: z.string() });

const rateLimit = z.strictObject({
  perSecond: z.number().positive(),
  burst: z.number().min(1).optional(),
  retryAfterSeconds: z.int().min(1).optional(),
});

const settings = z.strictObject({
  accessTokenLifeSeconds: z.int().min(1).optional(),
  rotateRefreshTokens: z.boolean().optional(),
  rotateSigningKey: z.literal(true).optional(),
  clientSecrets: z.record(z.string(), z.array(z.string()).max(2)).optional(),
  rateLimit: rateLimit.nullable().optional(),
});

/** What curl can do. Each answers 200 with JSON, or 400 with one sentence. */
export const ADMIN_ACTIONS = [
  'GET    /__admin            this list',
  'POST   /__admin/code       mint a code; body: clientId, sub, scopes, source, …',
  'POST   /__admin/faults     add a fault; body: path, times, status, body, delayMs, drop, form',
  'GET    /__admin/faults     faults still to come',
  'DELETE /__admin/faults     forget them',
  'POST   /__admin/revoke     a user takes back all access; body: sub',
  'POST   /__admin/settings   body: accessTokenLifeSeconds, rotateRefreshTokens, rotateSigningKey, clientSecrets, rateLimit',
  'GET    /__admin/requests   what was asked of the stand-in; ?path=/token',
  'DELETE /__admin/requests   forget it',
] as const;

/** The stand-in's own knobs, for tests in any language. It listens on loopback only. */
export function adminRoute(controls: StandInControls): Route {
  return async (request) => {
    if (!/^\/__admin(\/|$)/.test(request.path)) return undefined;
    try {
      return await administer(request, controls);
    } catch (error) {
      // All that can fail is the request: its JSON, its fields, or a client it names.
      return json(400, { error: sentence(error) });
    }
  };
}

async function administer(request: StandInRequest, controls: StandInControls): Promise<Reply> {
  const { faults, requests } = controls;
  switch (`${request.method} ${request.path}`) {
    case 'GET /__admin':
      return json(200, ADMIN_ACTIONS);
    case 'POST /__admin/code':
      return json(200, { code: await controls.mintCode(mint.parse(JSON.parse(request.body))) });
    case 'POST /__admin/faults':
      faults.add(fault.parse(JSON.parse(request.body)));
      return json(200, faults.pending());
    case 'GET /__admin/faults':
      return json(200, faults.pending());
    case 'DELETE /__admin/faults':
      faults.clear();
      return json(200, faults.pending());
    case 'POST /__admin/revoke':
      await controls.revokeUser(revocation.parse(JSON.parse(request.body)).sub);
      return json(200, {});
    case 'POST /__admin/settings':
      change(controls, settings.parse(JSON.parse(request.body)));
      return json(200, {});
    case 'GET /__admin/requests':
      return json(200, requests.list(request.query.get('path') ?? ''));
    case 'DELETE /__admin/requests':
      requests.clear();
      return json(200, []);
    default:
      return json(404, { error: `Nothing is here. GET /__admin lists what is.` });
  }
}

function change(controls: StandInControls, wanted: z.infer<typeof settings>): void {
  for (const [clientId, secrets] of Object.entries(wanted.clientSecrets ?? {})) {
    controls.setClientSecrets(clientId, secrets);
  }
  if (wanted.accessTokenLifeSeconds !== undefined) {
    controls.setAccessTokenLife(wanted.accessTokenLifeSeconds);
  }
  if (wanted.rotateRefreshTokens !== undefined) {
    controls.rotateRefreshTokens(wanted.rotateRefreshTokens);
  }
  if (wanted.rateLimit !== undefined) controls.limitRate(wanted.rateLimit ?? undefined);
  if (wanted.rotateSigningKey === true) controls.rotateSigningKey();
}

function sentence(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : 'The request could not be understood.';
}
