const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';
const DRIVE = 'https://www.googleapis.com/auth/drive.appdata';
const GMAIL = 'https://www.googleapis.com/auth/gmail.readonly';
type Scopes = readonly string[];

/** What people agree to. */
export const GRANTED: readonly [Scopes, Scopes, Scopes] = [
  ['openid', EMAIL, DRIVE],
  ['openid', EMAIL, DRIVE, GMAIL],
  ['openid', GMAIL],
];
/** What services ask for. Canonical: sorted. */
export const WANTED: readonly [Scopes, Scopes, Scopes, Scopes] = [
  [DRIVE],
  [DRIVE],
  [GMAIL],
  [DRIVE, EMAIL].sort(),
];
