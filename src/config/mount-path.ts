import { text } from './scalars.ts';

/** The path of a mount of Vault, as a key or a flag names it. */
export function mountPath() {
  return text(
    /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,7}$/,
    'must be the path of a mount without a slash at either end, of letters, digits, - and _',
  );
}
