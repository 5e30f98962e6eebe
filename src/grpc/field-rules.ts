import { USER_ID_RULE } from '../domain/user-id.ts';
import type { TextRule } from './field-checks.ts';

// The proto states each of these limits; the two say the same.

export const USER_ID: TextRule = USER_ID_RULE;

export const EXTERNAL_USER_ID: TextRule = {
  pattern: /^\P{C}{1,255}$/u,
  must: 'be at most 255 printable characters',
};

export const OAUTH_CLIENT: TextRule = {
  pattern: /^[a-z0-9-]{1,63}$/,
  must: 'be 1 to 63 of a-z, 0-9 and -',
};

/** The OAuth client that a request means which names none. */
export const DEFAULT_OAUTH_CLIENT = 'default';

/** RFC 6749 section 3.3, `scope-token`. */
export const SCOPE: TextRule = {
  pattern: /^[!#-[\]-~]{1,256}$/,
  must: 'be 1 to 256 printable ASCII characters without space, " and \\',
};

export const CODE: TextRule = {
  pattern: /^[!-~]{1,2048}$/,
  must: 'be 1 to 2048 printable ASCII characters without spaces',
};

/** RFC 7636 section 4.1. */
export const CODE_VERIFIER: TextRule = {
  pattern: /^[A-Za-z0-9._~-]{43,128}$/,
  must: 'be 43 to 128 of A-Z, a-z, 0-9 and - . _ ~',
};

export const NONCE: TextRule = {
  pattern: /^[ -~]{1,255}$/,
  must: 'be at most 255 printable ASCII characters',
};

export const REDIRECT_URI: TextRule = {
  pattern: /^[!-~]{1,2048}$/,
  must: 'be at most 2048 printable ASCII characters without spaces',
};

export const REFRESH_TOKEN: TextRule = {
  pattern: /^[!-~]{1,2048}$/,
  must: 'be 1 to 2048 printable ASCII characters without spaces',
};

export const PAGE_TOKEN: TextRule = {
  pattern: /^[A-Za-z0-9._-]{1,64}$/,
  must: 'be the next_page_token of another page',
};

export const REVOCATION_REASON: TextRule = {
  pattern: /^\P{C}{1,200}$/u,
  must: 'be at most 200 printable characters',
};
