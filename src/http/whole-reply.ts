import type { Dispatcher } from 'undici';
import { TransportFault, transportCode } from './transport-fault.ts';

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** An answer with its whole body, which is within the limit. */
export interface HttpReply {
  readonly status: number;
  /** By lower-case name; of a repeated header all values. */
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Takes one request through undici: counts the body and knows whether the request may have left.
 * undici calls `onRequestStart` right before it writes to a socket that is connected (and past its
 * TLS handshake), so what fails before was never sent.
 */
export class WholeReply implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #reply = Promise.withResolvers<HttpReply>();
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #headers: Headers = {};
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Rejects with TransportFault alone. */
  get whole(): Promise<HttpReply> {
    return this.#reply.promise;
  }

  /** Ends the request: one that has not left by now never leaves. */
  giveUp(code: string): void {
    if (this.#over) return;
    this.#over = true;
    const fault = new TransportFault(this.#controller !== undefined, code);
    this.#reply.reject(fault);
    this.#controller?.abort(fault);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over || this.#controller !== undefined) {
      // Given up while it waited for a connection, or about to be sent a second time.
      controller.abort(new TransportFault(false, 'GIVEN_UP'));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.giveUp('BODY_TOO_LARGE');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    const body = Buffer.concat(this.#chunks);
    this.#reply.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.giveUp(transportCode(error));
  }
}
