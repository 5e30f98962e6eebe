/** No whole answer came. Holds nothing of the request, the answer or the cause. */
export class TransportFault extends Error {
  /** False only if it is certain that no byte of the request left. */
  readonly sent: boolean;

  constructor(sent: boolean) {
    super(sent ? 'No whole answer came to the request.' : 'The request was not sent.');
    this.name = 'TransportFault';
    this.sent = sent;
  }
}
