import { z } from 'zod';
import { Refusal } from '../../gateway/refusal.ts';
import type { MoreRoutes } from '../../gateway/server.ts';
import type { Company, Report } from './company.ts';
import { pageFiles } from './page-files.ts';

/** What the page has to know to send people to Google, and to say who may do what. */
export interface DemoSetup {
  readonly authorizationUrl: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** The RPCs that the policy gives each caller. */
  readonly rights: Readonly<Record<string, readonly string[]>>;
}

const BODY = z.object({ userId: z.string().min(1).max(255) });

/** The demonstration: its page, and the company's back end behind it. */
export function demoRoutes(setup: DemoSetup, company: Company): MoreRoutes {
  const jobs: Readonly<Record<string, (userId: string) => Promise<Report>>> = {
    '/demo/list': (userId) => company.listFiles(userId),
    '/demo/try-as-gateway': (userId) => company.tryAsGateway(userId),
    '/demo/disconnect': (userId) => company.disconnect(userId),
  };
  return (app) => {
    for (const [path, { headers, content }] of pageFiles(new URL(setup.redirectUri).pathname)) {
      app.get(path, async (_request, reply) => reply.headers(headers).send(content));
    }
    app.get('/demo/setup', async () => setup);
    for (const [path, job] of Object.entries(jobs)) {
      app.post(path, async ({ headers, body }) => {
        // As for the gateway's own path: a page of another origin cannot set this header.
        if (headers['x-requested-with'] === undefined) throw new Refusal('REQUESTED_WITH_MISSING');
        return job(userIdIn(body));
      });
    }
  };
}

function userIdIn(body: unknown): string {
  try {
    return BODY.parse(JSON.parse(String(body))).userId;
  } catch {
    // The page is its only caller, so there is nobody to explain more to.
    throw new Refusal('REQUEST_MALFORMED');
  }
}
