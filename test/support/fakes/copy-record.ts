/**
 * A copy that shares nothing mutable with its source. Only objects, arrays and maps are taken apart:
 * a `Secret` cannot change, and structuredClone would lose its class.
 */
export function copyRecord<T>(value: T): T {
  return copy(value) as T; // every branch of `copy` returns the type that it was given
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copy(item)]));
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}
