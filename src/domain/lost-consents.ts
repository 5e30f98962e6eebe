/** What a replica gave up when it ended: users who have to consent again. */
export interface LostConsents {
  /** Refresh tokens that Vault had not taken. */
  readonly tokens: number;
  /** Codes that had come to no outcome; some of them brought one of those tokens. */
  readonly exchanges: number;
}

/** A replica had to end before all that it held was stored. */
export class ConsentsLost extends Error {
  constructor() {
    super('Ended before everything was stored.');
    this.name = 'ConsentsLost';
  }
}

/** @throws ConsentsLost where anything is */
export function refuseLoss({ tokens, exchanges }: LostConsents): void {
  if (tokens + exchanges > 0) throw new ConsentsLost();
}
