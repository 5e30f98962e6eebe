import type { GoogleStandIn, MintOptions } from '../../src/dev/google/stand-in.ts';
import { startGoogleStandIn } from '../../src/dev/google/stand-in.ts';

export const WEB = 'web.apps.googleusercontent.com';
export const OTHER = 'other.apps.googleusercontent.com';
export const CALLBACK = 'http://127.0.0.1:9/callback';

const SECRETS: Readonly<Record<string, string>> = {
  [WEB]: 'GOCSPX-web-new',
  [OTHER]: 'GOCSPX-other',
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope: string;
  readonly expires_in: number;
}

/** Two web clients of one project; the first has two secrets, as during a rotation. */
export function startWithTwoClients(): Promise<GoogleStandIn> {
  return startGoogleStandIn({
    clients: [
      {
        clientId: WEB,
        clientSecrets: ['GOCSPX-web-new', 'GOCSPX-web-old'],
        redirectUris: [CALLBACK],
      },
      { clientId: OTHER, clientSecrets: ['GOCSPX-other'] },
    ],
  });
}

/** What an HTTP client does, without any library that could hide something. */
export class StandInClient {
  readonly #url: string;
  readonly standIn: GoogleStandIn;

  constructor(standIn: GoogleStandIn) {
    this.standIn = standIn;
    this.#url = standIn.url;
  }

  async post(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const body = new URLSearchParams(form);
    return answerOf(await fetch(this.#url + path, { method: 'POST', body }));
  }

  async get(path: string, bearer?: string): Promise<Answer> {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    return answerOf(await fetch(this.#url + path, { headers }));
  }

  exchange(code: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#token({ grant_type: 'authorization_code', code, redirect_uri: '', ...more });
  }

  refresh(refreshToken: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
  }

  #token(form: Readonly<Record<string, string>>): Promise<Answer> {
    const client_id = form.client_id ?? WEB;
    return this.post('/token', { client_id, client_secret: SECRETS[client_id] ?? 'none', ...form });
  }

  /** A mobile sign-in of a user that has not been here before, exchanged. */
  async signUp(options: Partial<MintOptions> = {}): Promise<Tokens & { refresh_token: string }> {
    const clientId = options.clientId ?? WEB;
    const code = await this.standIn.mintCode({ ...options, clientId });
    const tokens = tokensOf(await this.exchange(code, { client_id: clientId }));
    const { refresh_token } = tokens;
    if (refresh_token === undefined) throw new Error('No refresh token: not the first consent.');
    return { ...tokens, refresh_token };
  }
}

export function tokensOf({ status, body }: Answer): Tokens {
  if (status !== 200) throw new Error(`No tokens but ${status} ${JSON.stringify(body)}`);
  const { access_token, refresh_token, id_token, scope, expires_in } = body;
  return {
    access_token: String(access_token),
    scope: String(scope),
    expires_in: Number(expires_in),
    ...(typeof refresh_token === 'string' ? { refresh_token } : {}),
    ...(typeof id_token === 'string' ? { id_token } : {}),
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : { text };
  return { status: response.status, headers: response.headers, body };
}
