import { canonicalScopes } from '../domain/scopes.ts';
import type { FieldChecks } from './field-checks.ts';
import { SCOPE } from './field-rules.ts';

const MAX_SCOPES = 50;

/** The field `scopes` of a request, in canonical form. */
export function readScopes(
  checks: FieldChecks,
  scopes: readonly string[],
  { fewest }: { readonly fewest: 0 | 1 },
): readonly string[] {
  const countHolds = scopes.length >= fewest && scopes.length <= MAX_SCOPES;
  checks.check('scopes', countHolds, `hold ${fewest} to ${MAX_SCOPES} scopes`);
  // Of a list that is too long, naming each wrong scope could make an answer too large to send.
  if (!countHolds) return [];
  for (const [index, scope] of scopes.entries()) {
    checks.required(`scopes[${index}]`, scope, SCOPE);
  }
  return canonicalScopes(scopes);
}
