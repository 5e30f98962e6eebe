/** Every request has a shorter limit of its own; who makes many begins none that would end later. */
export const CHECK_LIMIT_MS = 20_000;
