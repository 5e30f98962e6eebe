import type { CallOptions, TokenVaultConnection } from '../../../src/client/connect.ts';
import type { ExchangeCodeRequest, ExchangeCodeResponse } from '../../../src/client/messages.ts';

export const EXCHANGED: ExchangeCodeResponse = {
  userId: '110169484474386276334',
  profile: {
    email: 'user@example.com',
    emailVerified: true,
    name: 'A User',
    givenName: 'A',
    familyName: 'User',
    picture: '',
    locale: '',
    hostedDomain: '',
  },
  grantedScopes: ['openid', 'https://www.googleapis.com/auth/userinfo.email'],
  grantExpireTime: undefined,
  refreshTokenKept: false,
};

/** TokenVault as the gateway sees it: remembers what was asked, answers what the test says. */
export class HandWrittenConnection implements Pick<TokenVaultConnection, 'exchangeCode'> {
  readonly calls: { readonly request: ExchangeCodeRequest; readonly options: CallOptions }[] = [];
  answer: () => Promise<ExchangeCodeResponse> = async () => EXCHANGED;

  exchangeCode(request: ExchangeCodeRequest, options: CallOptions): Promise<ExchangeCodeResponse> {
    this.calls.push({ request, options });
    return this.answer();
  }
}
