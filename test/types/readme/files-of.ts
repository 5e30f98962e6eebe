import type { drive_v3 } from 'googleapis';
import { TokenVaultError } from 'tokenvault-client';

type Files = drive_v3.Schema$File[];

/** The user's files, or what the user has to do first. */
export async function filesOf(drive: drive_v3.Drive): Promise<Files | 'connect' | 'grant more'> {
  try {
    const { data } = await drive.files.list();
    return data.files ?? [];
  } catch (error) {
    if (!(error instanceof TokenVaultError)) throw error; // Google's own answer
    switch (error.reason) {
      case 'USER_NOT_CONNECTED':
      case 'USER_RECONSENT_REQUIRED':
      case 'USER_REVOKED':
        return 'connect'; // and stop working for this user until then
      case 'SCOPE_NOT_GRANTED':
        return 'grant more'; // error.metadata.missingScopes
      default:
        throw error; // put the work back for error.retryAfterMs, if there is one
    }
  }
}
