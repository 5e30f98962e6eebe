/** Largest request body; a real one has a few hundred bytes. */
export const MAX_BODY_BYTES = 8 * 1024;

/** Largest request head: request line and headers together. */
export const MAX_HEADER_BYTES = 8 * 1024;

/** Connections held at once, unless the options say otherwise. */
export const MAX_CONNECTIONS = 10_000;

/** The part of them that one address may have, an IPv6 network of /64 being one. */
export const SHARE_OF_ADDRESS = 0.1;

/** TLS handshake, headers and body must each be complete after this, milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How long an idle connection is kept for the next request, milliseconds. */
export const KEEP_ALIVE_MS = 60_000;

/**
 * How long an exchange is waited for, milliseconds. After 30 s TokenVault itself stops telling a
 * repeat to wait, so a longer wait gains nothing, and apps commonly give up at 60 s.
 */
export const EXCHANGE_TIMEOUT_MS = 30_000;

/** How long `stop` waits for requests under way, milliseconds: an exchange and its upload. */
export const STOP_GRACE_MS = EXCHANGE_TIMEOUT_MS + REQUEST_TIMEOUT_MS;
