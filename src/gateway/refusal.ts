/** Why the gateway itself turned a request away, before TokenVault was asked. */
export type RefusalReason =
  | 'REQUEST_MALFORMED'
  | 'LOGIN_INVALID'
  | 'ORIGIN_NOT_ALLOWED'
  | 'REQUESTED_WITH_MISSING'
  | 'PATH_UNKNOWN'
  | 'METHOD_NOT_ALLOWED'
  | 'REQUEST_TIMED_OUT'
  | 'BODY_TOO_LARGE'
  | 'CONTENT_TYPE_NOT_SUPPORTED'
  | 'TOO_MANY_REQUESTS'
  | 'HEADERS_TOO_LARGE'
  | 'LOGIN_UNAVAILABLE';

interface RefusalText {
  readonly status: number;
  readonly message: string;
}

/** The HTTP status and the fixed sentence of every refusal. */
export const REFUSALS: Readonly<Record<RefusalReason, RefusalText>> = {
  REQUEST_MALFORMED: {
    status: 400,
    message: 'The request is not what this path takes: one flat JSON object and no query.',
  },
  LOGIN_INVALID: {
    status: 401,
    message: 'The Authorization header holds no login token that is good here.',
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    message: 'Pages of this origin may not use this gateway.',
  },
  REQUESTED_WITH_MISSING: {
    status: 403,
    message: 'The X-Requested-With header is missing.',
  },
  PATH_UNKNOWN: { status: 404, message: 'There is nothing under this path.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This path does not take this method.' },
  REQUEST_TIMED_OUT: { status: 408, message: 'The request did not arrive in time.' },
  BODY_TOO_LARGE: { status: 413, message: 'The body is larger than 8 KiB.' },
  CONTENT_TYPE_NOT_SUPPORTED: {
    status: 415,
    message: 'The body must be plain application/json in UTF-8.',
  },
  TOO_MANY_REQUESTS: { status: 429, message: 'There were too many requests.' },
  HEADERS_TOO_LARGE: { status: 431, message: 'The headers are larger than 8 KiB.' },
  LOGIN_UNAVAILABLE: { status: 503, message: 'The login token cannot be checked now.' },
};

export interface RefusalOptions {
  /** For the log alone; one of a few fixed words. */
  readonly cause?: string | undefined;
  /** Least wait before the same request again, milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Thrown to turn a request away. Holds nothing of the request. */
export class Refusal extends Error {
  readonly reason: RefusalReason;
  override readonly cause: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(reason: RefusalReason, options: RefusalOptions = {}) {
    super(REFUSALS[reason].message);
    this.name = 'Refusal';
    this.reason = reason;
    this.cause = options.cause;
    this.retryAfterMs = options.retryAfterMs;
  }
}
