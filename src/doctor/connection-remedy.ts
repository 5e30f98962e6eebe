/** What to look at where no answer came, by the system's code. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'No host has this name: correct it, or the name servers of this machine.'],
  ['EAI_AGAIN', 'The name servers of this machine do not answer: look at them.'],
  ['ECONNREFUSED', 'Nothing listens there: check host and port, and that it runs.'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Its certificate is for other names: use one of those.'],
  ['CERT_HAS_EXPIRED', 'Its certificate has expired: renew it.'],
  ['CERT_NOT_YET_VALID', 'Its certificate begins later: check both clocks.'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'It does not speak TLS: check the port, and https or http.'],
]);

const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** @param trust what decides whose certificates are believed, as a sentence */
export function connectionRemedy(code: string, trust: string): string {
  if (UNTRUSTED.has(code)) return `Nobody who is believed has issued its certificate: ${trust}`;
  return REMEDIES.get(code) ?? 'Check the address, and the network and firewalls in between.';
}
