/** What a user id may hold: Google's `sub`. `must` completes "The field must …". */
export const USER_ID_RULE = {
  pattern: /^[ -~]{1,255}$/,
  must: 'be 1 to 255 printable ASCII characters',
} as const;
