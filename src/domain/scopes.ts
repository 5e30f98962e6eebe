const ALIASES: ReadonlyMap<string, string> = new Map([
  ['email', 'https://www.googleapis.com/auth/userinfo.email'],
  ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
]);

/** Google's own name of a scope: `email` and `profile` have longer ones, which answers carry. */
export function canonicalScope(scope: string): string {
  return ALIASES.get(scope) ?? scope;
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
