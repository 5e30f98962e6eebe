import { connect } from 'node:tls';

/** PEM. */
export interface ShownTo {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The certificate that a server on this port of loopback shows a new connection, as `barePem`. */
export function shownCertificate(port: number, client: ShownTo): Promise<string> {
  const socket = connect({ host: 'localhost', port, ...client });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().raw.toString('base64'));
      socket.destroy();
    });
  });
}

/** PEM without its marks and line breaks. */
export function barePem(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\s/g, '');
}
