import type { TokenVaultConnection } from '../../client/connect.ts';
import { UserState } from '../../client/messages.ts';
import { TokenVault } from '../../client/token-vault.ts';
import { TokenVaultError } from '../../client/token-vault-error.ts';
import type { DevCaller } from '../certificate-files.ts';
import { DriveFolder } from '../drive-folder.ts';
import { DRIVE_APPDATA } from '../product-scopes.ts';
import { Journal, type WireCall } from './journal.ts';
import { watchDrive } from './watch-drive.ts';

const SCOPES = [DRIVE_APPDATA];

export interface CompanyParts {
  readonly connectAs: (caller: DevCaller) => TokenVaultConnection;
  readonly googleUrl: string;
}

/** What the page is told of something that the back end did. */
export interface Report {
  readonly calls: readonly WireCall[];
  /** Names of files; absent where no token was to be had. */
  readonly files?: readonly string[] | undefined;
}

/**
 * The company's own services, which a real product runs elsewhere: each has a certificate of its own
 * and only the rights of its job. They know a person by the name that the app has for them, and ask
 * TokenVault for Google's. Tokens come here and go no further.
 */
export class Company {
  readonly #journal = new Journal();
  readonly #driveWorker: TokenVault;
  readonly #accountService: TokenVault;
  readonly #gateway: TokenVault;
  readonly #googleUrl: string;
  #watched: object | undefined;

  constructor({ connectAs, googleUrl }: CompanyParts) {
    const as = (caller: DevCaller) =>
      new TokenVault({ connection: this.#journal.over(connectAs(caller), caller) });
    this.#driveWorker = as('drive-worker');
    this.#accountService = as('account-service');
    this.#gateway = as('gateway');
    this.#googleUrl = googleUrl;
  }

  /** Whether this user of the app has connected Google. */
  async isConnected(externalUserId: string): Promise<boolean> {
    try {
      const { state } = await this.#accountService.getUser({ externalUserId });
      return state === UserState.USER_STATE_ACTIVE;
    } catch (error) {
      if (error instanceof TokenVaultError && error.reason === 'USER_NOT_CONNECTED') return false;
      throw error;
    }
  }

  /** drive-worker's job. */
  async listFiles(externalUserId: string): Promise<Report> {
    let files: readonly string[] | undefined;
    const calls = await this.#tried(async () => {
      const { userId } = await this.#driveWorker.getUser({ externalUserId });
      const auth = this.#driveWorker.googleAuth({ userId, scopes: SCOPES });
      const { transporter } = await auth.getClient();
      // All users' clients share one.
      if (transporter !== this.#watched) watchDrive(transporter, this.#journal);
      this.#watched = transporter;
      const folder = await DriveFolder.of(auth, this.#googleUrl);
      files = (await folder.list()).map(({ name }) => name);
    });
    return { calls, files };
  }

  /** What somebody could do who took the gateway's key: nothing. */
  async tryAsGateway(externalUserId: string): Promise<Report> {
    const { userId } = await this.#accountService.getUser({ externalUserId });
    const calls = await this.#tried(() => this.#gateway.getAccessToken({ userId, scopes: SCOPES }));
    return { calls };
  }

  /** account-service's job. */
  async disconnect(externalUserId: string): Promise<Report> {
    const reason = 'asked for on the page';
    const calls = await this.#tried(async () => {
      const { userId } = await this.#accountService.getUser({ externalUserId });
      await this.#accountService.revokeUser({ userId, reason });
    });
    return { calls };
  }

  close(): void {
    for (const vault of [this.#driveWorker, this.#accountService, this.#gateway]) vault.close();
  }

  /** What TokenVault refuses is in the journal, and all that the page has to know. */
  #tried(work: () => Promise<unknown>): Promise<readonly WireCall[]> {
    return this.#journal.of(async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof TokenVaultError)) throw error;
      }
    });
  }
}
