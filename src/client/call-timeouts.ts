/**
 * How long a call may take where nobody says, as `service_config.json` has it for other languages: an
 * exchange waits for Google, and its code cannot be had again.
 */
export const TIMEOUTS_MS = {
  exchangeCode: 40_000,
  getAccessToken: 10_000,
  revokeUser: 20_000,
  getUser: 10_000,
} as const;
