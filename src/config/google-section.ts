import { duration } from './duration.ts';
import { httpsUrl } from './network-names.ts';
import { list, text } from './scalars.ts';
import { section, withDefault } from './setting.ts';

/** Google's endpoints, which only tests and development have reason to change, and its limits. */
export interface GoogleConfig {
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly certsUrl: string;
  readonly issuers: readonly string[];
  readonly requestTimeoutMs: number;
  readonly exchangeTimeoutMs: number;
  readonly signingKeysMaxAgeMs: number;
}

/** The `google` section. */
export function googleSection() {
  return section({
    token_url: withDefault(httpsUrl(), {
      default: 'https://oauth2.googleapis.com/token',
      doc: 'Where codes and refresh tokens are turned into access tokens.',
    }),
    revoke_url: withDefault(httpsUrl(), {
      default: 'https://oauth2.googleapis.com/revoke',
      doc: 'Where grants are revoked.',
    }),
    certs_url: withDefault(httpsUrl(), {
      default: 'https://www.googleapis.com/oauth2/v1/certs',
      doc: 'Signing keys of ID tokens, as PEM certificates by key id.',
    }),
    issuers: withDefault(list(text(/^[\x21-\x7e]{1,255}$/, 'must be the iss of ID tokens'), 4), {
      default: ['https://accounts.google.com', 'accounts.google.com'],
      doc: 'What the iss of an ID token may be.',
    }),
    request_timeout: withDefault(duration('100ms', '60s'), {
      default: '5s',
      doc: 'A request to Google is given up after this; the exchange of a code has its own limit.',
    }),
    exchange_timeout: withDefault(duration('1s', '2m'), {
      default: '30s',
      doc: 'The exchange of a code is given up after this. A code goes out once, so it may take longer.',
    }),
    signing_keys_max_age: withDefault(duration('1h', '7d'), {
      default: '24h',
      doc: 'While they cannot be fetched, signing keys of ID tokens are used so long after their last fetch.',
    }),
  }).transform(
    (keys): GoogleConfig => ({
      tokenUrl: keys.token_url,
      revokeUrl: keys.revoke_url,
      certsUrl: keys.certs_url,
      issuers: keys.issuers,
      requestTimeoutMs: keys.request_timeout,
      exchangeTimeoutMs: keys.exchange_timeout,
      signingKeysMaxAgeMs: keys.signing_keys_max_age,
    }),
  );
}
