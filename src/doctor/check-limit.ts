/** Every request has a shorter limit of its own; no check has more than four one after another. */
export const CHECK_LIMIT_MS = 20_000;
