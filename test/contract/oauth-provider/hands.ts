import { expect } from 'vitest';
import type { IdTokenVerifier } from '../../../src/domain/id-token-verifier.ts';
import type {
  OAuthProvider,
  RefusalCause,
  TokenOutcome,
  TokenReply,
} from '../../../src/domain/oauth-provider.ts';
import type { Secret } from '../../../src/domain/secret.ts';
import { type ContractCode, type OAuthProviderSubject, OTHER, WEB } from './subject.ts';

export const DRIVE = 'https://www.googleapis.com/auth/drive.readonly';
export const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';

/** What the contract does again and again with the subject of the running test. */
export class Hands {
  readonly #subject: () => OAuthProviderSubject;

  constructor(subject: () => OAuthProviderSubject) {
    this.#subject = subject;
  }

  get subject(): OAuthProviderSubject {
    return this.#subject();
  }

  get provider(): OAuthProvider {
    return this.subject.provider;
  }

  get verifier(): IdTokenVerifier {
    return this.subject.verifier;
  }

  /** A code of a user of a mobile app, with changes. */
  code(changes: Partial<ContractCode> = {}): Promise<Secret> {
    const scopes = ['openid', 'email', DRIVE];
    const usual = { clientId: WEB.clientId, sub: 'jo', scopes, redirectUri: '' };
    return this.subject.mintCode({ ...usual, ...changes });
  }

  /** Signs the user in and exchanges the code. */
  async consent(changes: Partial<ContractCode> = {}): Promise<TokenReply> {
    const client = changes.clientId === OTHER.clientId ? OTHER : WEB;
    const exchange = {
      code: await this.code(changes),
      redirectUri: changes.redirectUri ?? '',
    };
    return tokens(await this.provider.exchangeCode(client, exchange));
  }

  async refreshToken(changes: Partial<ContractCode> = {}): Promise<Secret> {
    return present((await this.consent(changes)).refreshToken);
  }
}

export function tokens(outcome: TokenOutcome): TokenReply {
  if (outcome.kind === 'tokens') return outcome;
  return expect.unreachable(`there are no tokens, but ${outcome.cause}`);
}

export function present(token: Secret | undefined): Secret {
  return token ?? expect.unreachable('the token is missing');
}

export function refused(cause: RefusalCause): TokenOutcome {
  return { kind: 'refused', cause };
}
