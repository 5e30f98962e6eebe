/** `{[key]: value}`, or nothing: an optional field that is absent is not there, rather than undefined. */
export function present<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  // A computed key widens to an index signature; this is the object that the type names.
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}
