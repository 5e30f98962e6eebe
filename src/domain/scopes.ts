const ALIASES: ReadonlyMap<string, string> = new Map([
  ['email', 'https://www.googleapis.com/auth/userinfo.email'],
  ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
]);

/** Google's own name of a scope: `email` and `profile` have longer ones, which answers carry. */
export function canonicalScope(scope: string): string {
  return ALIASES.get(scope) ?? scope;
}

/** Canonical names, sorted, each once. */
export function canonicalScopes(scopes: Iterable<string>): readonly string[] {
  return [...new Set(Array.from(scopes, canonicalScope))].sort();
}

/** The scopes of `wanted` that `granted` lacks. Both in canonical form. */
export function missingScopes(
  wanted: readonly string[],
  granted: readonly string[],
): readonly string[] {
  const have = new Set(granted);
  return wanted.filter((scope) => !have.has(scope));
}
