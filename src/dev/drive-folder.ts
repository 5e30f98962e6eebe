import type { drive_v3 } from 'googleapis';
import type { TokenVault } from '../client/token-vault.ts';

/** Signs requests for one user. */
export type UserAuth = ReturnType<TokenVault['googleAuth']>;

export interface DriveEntry {
  readonly id: string;
  readonly name: string;
}

/** The app folder of one user's Drive, through the real googleapis client. */
export class DriveFolder {
  readonly #drive: drive_v3.Drive;

  private constructor(drive: drive_v3.Drive) {
    this.#drive = drive;
  }

  /** The package is large: without this the first `open` may outlast a short-lived token. */
  static async load(): Promise<void> {
    await import('googleapis');
  }

  static async open(accessToken: string, rootUrl: string): Promise<DriveFolder> {
    const { google } = await import('googleapis');
    const auth = new google.auth.OAuth2();
    auth.setCredentials({ access_token: accessToken });
    return new DriveFolder(google.drive({ version: 'v3', auth, rootUrl, retry: false }));
  }

  /** With whatever token `auth` has when one is needed. */
  static async of(auth: UserAuth, rootUrl: string): Promise<DriveFolder> {
    const { google } = await import('googleapis');
    return new DriveFolder(google.drive({ version: 'v3', auth, rootUrl, retry: false }));
  }

  async list(): Promise<readonly DriveEntry[]> {
    const { data } = await this.#drive.files.list({
      spaces: 'appDataFolder',
      fields: 'files(id,name)',
    });
    return (data.files ?? []).map(({ id, name }) => ({ id: id ?? '', name: name ?? '' }));
  }

  async content(id: string): Promise<string> {
    const { data } = await this.#drive.files.get(
      { fileId: id, alt: 'media' },
      { responseType: 'text' },
    );
    return String(data);
  }
}
