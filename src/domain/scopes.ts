const ALIASES: ReadonlyMap<string, string> = new Map([
  ['email', 'https://www.googleapis.com/auth/userinfo.email'],
  ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
]);

/** Google's own name of a scope: `email` and `profile` have longer ones, which answers carry. */
export function canonicalScope(scope: string): string {
  return ALIASES.get(scope) ?? scope;
}

const GOOGLE_PREFIX = 'https://www.googleapis.com/auth/';
/** Those of OpenID Connect (Core 5.4), which have no longer name that we would ask for. */
const WHOLE_NAMES: ReadonlySet<string> = new Set(['openid', 'email', 'profile']);

/** The canonical scope that an operator means by `drive.readonly`, or by its whole name. */
export function scopeOfShortName(name: string): string {
  const isWhole = name.startsWith('https://') || WHOLE_NAMES.has(name);
  return canonicalScope(isWhole ? name : `${GOOGLE_PREFIX}${name}`);
}

/** Canonical names, sorted, each once. Always a list of its own, with no room for more. */
export function canonicalScopes(scopes: readonly string[]): readonly string[] {
  return isCanonical(scopes) ? scopes.slice() : [...new Set(scopes.map(canonicalScope))].sort();
}

function isCanonical(scopes: readonly string[]): boolean {
  let before = '';
  for (const scope of scopes) {
    if (scope <= before || ALIASES.has(scope)) return false;
    before = scope;
  }
  return true;
}

/** The scopes of `wanted` that `granted` lacks. Both in canonical form. */
export function missingScopes(
  wanted: readonly string[],
  granted: readonly string[],
): readonly string[] {
  const have = new Set(granted);
  return wanted.filter((scope) => !have.has(scope));
}
