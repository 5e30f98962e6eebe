const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['email', 'https://www.googleapis.com/auth/userinfo.email'],
  ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
]);

const DRIVE = 'https://www.googleapis.com/auth/drive';

/** The Drive scopes that the stand-in's small Drive understands. */
export const DRIVE_SCOPES = {
  full: DRIVE,
  readonly: `${DRIVE}.readonly`,
  file: `${DRIVE}.file`,
  appdata: `${DRIVE}.appdata`,
} as const;

/** What a code carries if nobody says otherwise. */
export const DEFAULT_SCOPES: readonly string[] = [
  'openid',
  'email',
  'profile',
  DRIVE_SCOPES.appdata,
];

/** Scopes that the authorization endpoint knows; a request with none of them is refused. */
export const KNOWN_SCOPES: readonly string[] = [
  'openid',
  ...LONG_NAMES.values(),
  ...Object.values(DRIVE_SCOPES),
  `${DRIVE}.metadata.readonly`,
  'https://www.googleapis.com/auth/calendar',
  'https://www.googleapis.com/auth/calendar.readonly',
  'https://www.googleapis.com/auth/gmail.readonly',
  'https://www.googleapis.com/auth/gmail.modify',
  'https://mail.google.com/',
];

/** The claims of ID token and userinfo that each scope opens. */
export const CLAIMS_OF_SCOPE: Record<string, string[]> = {
  openid: ['sub', 'azp', 'hd'],
  'https://www.googleapis.com/auth/userinfo.email': ['email', 'email_verified'],
  'https://www.googleapis.com/auth/userinfo.profile': [
    'name',
    'given_name',
    'family_name',
    'picture',
    'locale',
  ],
};

/**
 * Google answers with the long names of `email` and `profile`, whatever was asked
 * (https://developers.google.com/identity/protocols/oauth2/scopes). Each name once, order kept.
 */
export function canonicalScope(scope: string): string {
  const names = scope.split(' ').filter((name) => name !== '');
  return [...new Set(names.map((name) => LONG_NAMES.get(name) ?? name))].join(' ');
}

/** The same parameters with one `scope`, in Google's names: the account page's form has several. */
export function withCanonicalScope(params: URLSearchParams): URLSearchParams {
  const canonical = new URLSearchParams(params);
  const scopes = params.getAll('scope');
  if (scopes.length > 0) canonical.set('scope', canonicalScope(scopes.join(' ')));
  return canonical;
}
