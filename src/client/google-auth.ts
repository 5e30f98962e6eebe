import { AuthClient, GoogleAuth, type gaxios } from 'google-auth-library';
import type { AccessToken } from './access-token.ts';
import { hideToken } from './hide-token.ts';
import { isRepeatable } from './repeatable.ts';
import type { TokenRequest } from './token-request.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** Where tokens come from. Both reject with TokenVaultError. */
export interface TokenSource {
  get(request: TokenRequest): Promise<AccessToken>;
  /** Another one than the token that Google refuses. */
  replace(request: TokenRequest, rejectedToken: string): Promise<AccessToken>;
}

type Transporter = AuthClient['transporter'];

/** Makes auth objects that hold no token of their own, and share what is large. */
export class GoogleAuths {
  readonly #tokens: TokenSource;
  #transporter: Transporter | undefined;

  constructor(tokens: TokenSource) {
    this.#tokens = tokens;
  }

  /** Google's clients take a GoogleAuth, by its type, and not every AuthClient. */
  create(request: TokenRequest): GoogleAuth<AuthClient> {
    const authClient = new UserAuthClient(this.#tokens, request, this.#transporter);
    this.#transporter = authClient.transporter;
    return new GoogleAuth({ authClient });
  }
}

/** Calls Google's APIs for one user, each time with the token that is the user's then. */
class UserAuthClient extends AuthClient {
  readonly #tokens: TokenSource;
  readonly #request: TokenRequest;

  constructor(tokens: TokenSource, request: TokenRequest, transporter: Transporter | undefined) {
    super(transporter === undefined ? {} : { transporter });
    this.#tokens = tokens;
    this.#request = request;
  }

  override async getAccessToken(): Promise<{ token: string }> {
    const { accessToken } = await this.#tokens.get(this.#request);
    return { token: accessToken };
  }

  override async getRequestHeaders(): Promise<Headers> {
    const { token } = await this.getAccessToken();
    return this.addSharedMetadataHeaders(new Headers({ authorization: `Bearer ${token}` }));
  }

  /**
   * Where Google refuses the token (401), TokenVault is told, and the request is made once more with
   * another one, unless its body was a stream, which is used up: then the next request will do.
   */
  override async request<T>(options: gaxios.GaxiosOptions): Promise<gaxios.GaxiosResponse<T>> {
    const { accessToken } = await this.#tokens.get(this.#request);
    const first = this.#send<T>(options, accessToken);
    if ((await statusOf(first)) !== 401) return first;
    const other = await this.#replace(accessToken);
    if (other === undefined || !isRepeatable(options)) return first;
    return this.#send<T>(options, other.accessToken);
  }

  async #send<T>(options: gaxios.GaxiosOptions, token: string): Promise<gaxios.GaxiosResponse<T>> {
    const headers = this.addSharedMetadataHeaders(new Headers(options.headers));
    headers.set('authorization', `Bearer ${token}`);
    const sent = this.transporter.request<T>({ ...options, headers });
    await sent.then(hideToken, hideToken);
    return sent;
  }

  /** @returns undefined where TokenVault makes no further token for now: Google's answer stands */
  async #replace(rejectedToken: string): Promise<AccessToken | undefined> {
    try {
      return await this.#tokens.replace(this.#request, rejectedToken);
    } catch (error) {
      if (error instanceof TokenVaultError && error.reason === 'CALLER_RATE_LIMITED')
        return undefined;
      throw error;
    }
  }
}

/** Of the answer, whether the caller counts it as an error or not. */
function statusOf(call: Promise<{ readonly status: number }>): Promise<number | undefined> {
  return call.then(
    ({ status }) => status,
    (error: Answered | undefined) => error?.response?.status,
  );
}

/** What an error of gaxios holds, where there was an answer at all. */
interface Answered {
  readonly response?: { readonly status?: number };
}
