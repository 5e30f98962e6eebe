/** No whole answer came. Holds nothing of the request and the answer, and of the cause its code. */
export class TransportFault extends Error {
  /** False only if it is certain that no byte of the request left. */
  readonly sent: boolean;
  /** Node's or undici's error code, such as ECONNREFUSED, or one of ours. */
  readonly code: string;

  constructor(sent: boolean, code: string) {
    super(sent ? 'No whole answer came to the request.' : 'The request was not sent.');
    this.name = 'TransportFault';
    this.sent = sent;
    this.code = code;
  }
}

/** Of a vendor's error the code alone: the rest may hold the request. */
export function transportCode(error: unknown): string {
  const code: unknown = Object(error).code;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : 'UNKNOWN';
}
