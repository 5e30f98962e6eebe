import type { ConnectOptions } from '../../src/client/connect.ts';

/** What `npm run dev` leaves in its folder for `tokenvault call`. */
export function devFiles(options: ConnectOptions): Readonly<Record<string, string>> {
  return {
    '.tokenvault/dev/address': `${options.address}\n`,
    '.tokenvault/dev/ca.pem': options.caPem,
    '.tokenvault/dev/operator.pem': options.certPem,
    '.tokenvault/dev/operator-key.pem': options.keyPem,
  };
}
