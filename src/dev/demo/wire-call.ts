import { TokenVaultError } from '../../client/token-vault-error.ts';

/** A request that somebody made, for the page to show: without codes, tokens and keys. */
export interface WireCall {
  readonly from: string;
  readonly to: string;
  /** The RPC, or method and path. */
  readonly what: string;
  readonly sent: object;
  readonly got: object;
  /** `OK`, or the reason why not. */
  readonly ended: string;
  readonly tookMs: number;
}

export type Asked = Pick<WireCall, 'from' | 'to' | 'what' | 'sent'>;

/** What came of a call; the answer itself stays in the back end. */
export interface Outcome<T> {
  readonly wire: WireCall;
  /** Undefined where TokenVault refused. */
  readonly answer: T | undefined;
}

/**
 * Makes a call and writes it down. `show` says what of the answer may be seen.
 * @throws what is no refusal of TokenVault
 */
export async function writeDown<T>(
  asked: Asked,
  make: () => Promise<T>,
  show: (answer: T) => object,
): Promise<Outcome<T>> {
  const began = performance.now();
  const wire = (got: object, ended: string): WireCall => {
    const tookMs = Math.round(performance.now() - began);
    return { ...asked, got, ended, tookMs };
  };
  try {
    const answer = await make();
    return { wire: wire(show(answer), 'OK'), answer };
  } catch (error) {
    if (!(error instanceof TokenVaultError) || error.reason === undefined) throw error;
    const { code, reason, metadata } = error;
    const more = Object.keys(metadata).length === 0 ? {} : { metadata };
    return { wire: wire({ status: code, reason, ...more }, reason), answer: undefined };
  }
}
