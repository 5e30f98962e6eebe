import type { CallerTokens } from '../domain/caller-tokens.ts';
import type { ClosedKeys } from '../domain/closed-keys.ts';
import { UnprovenChange } from '../domain/startup-problems.ts';
import type { TokenIssuer } from '../domain/token-issuer.ts';
import type { AppLogin } from './app-login.ts';

/** Checks the tokens of one login, with keys that it keeps. */
export interface LoginTokens extends CallerTokens {
  /** Whether there are keys to check them with. */
  ready(): Promise<boolean>;
  /** Lets the checks under way end first. */
  close(options?: ClosedKeys): Promise<void>;
}

/** What is known of a login from the configuration; two are the same where all of it is. */
export interface LoginOptions {
  readonly issuer: Pick<TokenIssuer, 'issuer'>;
  /** Its keys, where they are not fetched. */
  readonly jwks?: string | undefined;
  readonly expectedUserClaim?: string | undefined;
  readonly userPrefix?: string | undefined;
}

/** Opens the tokens of a login: to see whether its keys can be had, of which nobody is told, or for use. */
type Open<Options> = (options: Options, why: 'trial' | 'use') => Promise<LoginTokens>;

/** The login of the apps, which another may replace while requests are under way. */
export class ReplaceableLogin<Options extends LoginOptions> {
  readonly #open: Open<Options>;
  #options: Options | undefined;
  #tokens: LoginTokens | undefined;

  /** @param open may throw StartupProblems */
  constructor(open: Open<Options>) {
    this.#open = open;
  }

  /** Undefined where there is none. */
  get inUse(): AppLogin | undefined {
    if (this.#tokens === undefined) return undefined;
    const { expectedUserClaim, userPrefix } = this.#options ?? {};
    return { tokens: this.#tokens, expectedUserClaim, userPrefix };
  }

  /** Keys that cannot be had yet may come later. @throws StartupProblems */
  async start(options: Options | undefined): Promise<void> {
    this.#options = options;
    this.#tokens = options && (await this.#open(options, 'use'));
    void this.#tokens?.ready();
  }

  /**
   * Gives what then puts it in use, which has to be called: it is open, and an operator is told of its
   * keys. The one before is closed when its checks have ended, so no later check may begin with it.
   * @throws StartupProblems, and nothing is changed; UnprovenChange where its keys cannot be had
   */
  async prove(options: Options | undefined): Promise<() => void> {
    if (JSON.stringify(options) === JSON.stringify(this.#options)) return () => undefined;
    if (options !== undefined) await this.#try(options);
    const next = options && (await this.#open(options, 'use'));
    await next?.ready();
    return () => {
      const before = this.#tokens;
      const issuerStays = fetchedFrom(options) === fetchedFrom(this.#options);
      this.#options = options;
      this.#tokens = next;
      void before?.close({ issuerStays });
    };
  }

  async #try(options: Options): Promise<void> {
    const trial = await this.#open(options, 'trial');
    const hasKeys = await trial.ready();
    await trial.close();
    if (hasKeys) return;
    throw new UnprovenChange([
      'gateway.login_jwt must say whose tokens apps show, and where the keys of that issuer are: they could not be had from there.',
    ]);
  }

  async close(): Promise<void> {
    await this.#tokens?.close();
  }
}

/** Whose keys are fetched, and so are told of. */
function fetchedFrom(options: LoginOptions | undefined): string | undefined {
  return options?.jwks === undefined ? options?.issuer.issuer : undefined;
}
