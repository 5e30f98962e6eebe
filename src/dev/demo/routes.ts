import { z } from 'zod';
import { Refusal } from '../../gateway/refusal.ts';
import type { MoreRoutes } from '../../gateway/server.ts';
import type { CompanyLogin } from '../company-login.ts';
import type { Company } from './company.ts';
import { pageFiles } from './page-files.ts';
import { Sessions } from './sessions.ts';

/** What the page has to know to send people to Google, and to say who may do what. */
export interface DemoSetup {
  readonly authorizationUrl: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** Of the company's app. */
  readonly users: readonly string[];
  /** The RPCs that the policy gives each caller. */
  readonly rights: Readonly<Record<string, readonly string[]>>;
}

export interface DemoBackEnd {
  readonly company: Company;
  readonly login: CompanyLogin;
}

const USER = z.object({ user: z.string().regex(/^[\w-]{1,32}$/) });

/** The demonstration: its page, and the company's back end behind it. */
export function demoRoutes(setup: DemoSetup, { company, login }: DemoBackEnd): MoreRoutes {
  const sessions = new Sessions();
  /** What the back end does for whoever is signed in. */
  const jobs: Readonly<Record<string, (user: string) => Promise<object>>> = {
    'login-token': async (user) => ({ token: await login.tokenFor(user) }),
    list: (user) => company.listFiles(user),
    'try-as-gateway': (user) => company.tryAsGateway(user),
    disconnect: (user) => company.disconnect(user),
  };
  return (app) => {
    for (const [path, { headers, content }] of pageFiles(new URL(setup.redirectUri).pathname)) {
      app.get(path, async (_request, reply) => reply.headers(headers).send(content));
    }
    app.get('/demo/setup', async () => setup);
    app.post('/demo/login', async ({ headers, body }, reply) => {
      checkOrigin(headers);
      const { user } = parsed(USER, body);
      reply.header('set-cookie', sessions.begin(user));
      return {};
    });
    app.post('/demo/session', async ({ headers }) => {
      checkOrigin(headers);
      const user = sessions.userOf(headers.cookie);
      return user === undefined ? {} : { user, isConnected: await company.isConnected(user) };
    });
    for (const [name, job] of Object.entries(jobs)) {
      app.post(`/demo/${name}`, async ({ headers, body }) => {
        checkOrigin(headers);
        const user = sessions.userOf(headers.cookie);
        // The page says whom it shows: in another tab somebody else may have signed in since.
        if (user === undefined || user !== parsed(USER, body).user) {
          throw new Refusal('LOGIN_INVALID');
        }
        return job(user);
      });
    }
  };
}

/** As for the gateway's own path: a page of another origin cannot set this header. */
function checkOrigin(headers: Readonly<Record<string, unknown>>): void {
  if (headers['x-requested-with'] === undefined) throw new Refusal('REQUESTED_WITH_MISSING');
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  try {
    return schema.parse(JSON.parse(String(body)));
  } catch {
    // The page is its only caller, so there is nobody to explain more to.
    throw new Refusal('REQUEST_MALFORMED');
  }
}
