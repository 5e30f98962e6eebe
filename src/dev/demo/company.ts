import type { TokenVaultConnection } from '../../client/connect.ts';
import type { GetAccessTokenResponse } from '../../client/messages.ts';
import { providerRevocationToJSON } from '../../gen/tokenvault/v1/token_vault.ts';
import type { DevCaller } from '../certificate-files.ts';
import { DriveFolder } from '../drive-folder.ts';
import { DRIVE_APPDATA } from '../product-scopes.ts';
import { type Outcome, type WireCall, writeDown } from './wire-call.ts';

const CALL = { timeoutMs: 30_000 };

export interface CompanyParts {
  readonly connectAs: (caller: DevCaller) => TokenVaultConnection;
  readonly googleUrl: string;
}

/** What the page is told of something that the back end did. */
export interface Report {
  readonly calls: readonly WireCall[];
  /** Names of files; absent where no token was to be had. */
  readonly files?: readonly string[];
}

/**
 * The company's own services, which a real product runs elsewhere: each has a certificate of its own
 * and only the rights of its job. Tokens come here and go no further.
 */
export class Company {
  readonly #connections: Readonly<Record<TokenCaller | 'account-service', TokenVaultConnection>>;
  readonly #googleUrl: string;

  constructor({ connectAs, googleUrl }: CompanyParts) {
    this.#connections = {
      'drive-worker': connectAs('drive-worker'),
      'account-service': connectAs('account-service'),
      gateway: connectAs('gateway'),
    };
    this.#googleUrl = googleUrl;
  }

  /** drive-worker's job. */
  async listFiles(userId: string): Promise<Report> {
    const { wire, answer } = await this.#getToken('drive-worker', userId);
    if (answer === undefined) return { calls: [wire] };
    const listed = await this.#list(answer.accessToken);
    return { calls: [wire, listed.wire], files: listed.answer ?? [] };
  }

  /** What somebody could do who took the gateway's key: nothing. */
  async tryAsGateway(userId: string): Promise<Report> {
    const { wire } = await this.#getToken('gateway', userId);
    return { calls: [wire] };
  }

  /** account-service's job. */
  async disconnect(userId: string): Promise<Report> {
    const request = { userId, reason: 'asked for on the page', grantedBefore: undefined };
    const { wire } = await writeDown(
      {
        from: 'account-service',
        to: 'TokenVault',
        what: 'RevokeUser',
        sent: { userId, reason: request.reason },
      },
      () => this.#connections['account-service'].revokeUser(request, CALL),
      ({ providerRevocation, effectiveTime }) => ({
        providerRevocation: providerRevocationToJSON(providerRevocation),
        effectiveTime,
      }),
    );
    return { calls: [wire] };
  }

  close(): void {
    for (const connection of Object.values(this.#connections)) connection.close();
  }

  #getToken(from: TokenCaller, userId: string): Promise<Outcome<GetAccessTokenResponse>> {
    const scopes = [DRIVE_APPDATA];
    const request = {
      userId,
      scopes,
      oauthClient: '',
      minTtl: undefined,
      rejectedTokenSha256: Buffer.alloc(0),
    };
    return writeDown(
      { from, to: 'TokenVault', what: 'GetAccessToken', sent: { userId, scopes } },
      () => this.#connections[from].getAccessToken(request, CALL),
      ({ tokenType, expireTime, scopes: given }) => ({
        accessToken: `ya29.… (stays in ${from})`,
        tokenType,
        expireTime,
        scopes: given,
      }),
    );
  }

  #list(accessToken: string): Promise<Outcome<readonly string[]>> {
    return writeDown(
      {
        from: 'drive-worker',
        to: 'Google Drive',
        what: 'GET /drive/v3/files?spaces=appDataFolder',
        sent: { authorization: 'Bearer ya29.…' },
      },
      async () => {
        const folder = await DriveFolder.open(accessToken, this.#googleUrl);
        return (await folder.list()).map(({ name }) => name);
      },
      (names) => ({ files: names.map((name) => ({ name })) }),
    );
  }
}

type TokenCaller = 'drive-worker' | 'gateway';
