import type { Caller } from '../domain/caller.ts';
import { isSpiffeId } from '../domain/spiffe-id.ts';
import { isTokenSubject } from '../domain/token-subject.ts';
import { UsageError } from './usage-error.ts';

const DNS = /^dns:[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;
const TOKEN = /^(?<issuer>[!-~]+) (?<subject>\S+)$/;

/**
 * A caller by the name that the log knows it by; the bearer of a token may have claims beside it.
 * @throws UsageError
 */
export function namedCaller(name: string, claimsJson: string | undefined): Caller {
  const { issuer, subject } = TOKEN.exec(name)?.groups ?? {};
  if (issuer !== undefined && subject !== undefined && isTokenSubject(subject)) {
    const claims = { iss: issuer, sub: subject, ...claimsFrom(claimsJson) };
    return { id: name, proof: 'jwt', token: { issuer, claims } };
  }
  if (claimsJson !== undefined) {
    throw new UsageError('--claims goes with a caller of a token: --caller "ISSUER SUBJECT".');
  }
  if (isSpiffeId(name)) return { id: name, proof: 'spiffe' };
  if (DNS.test(name)) return { id: name, proof: 'dns' };
  throw new UsageError(
    '--caller is a caller as the log names it: a SPIFFE ID, dns:NAME, or "ISSUER SUBJECT" of a token.',
  );
}

function claimsFrom(json: string | undefined): Readonly<Record<string, unknown>> {
  if (json === undefined) return {};
  const claims = parsed(json);
  if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return { ...claims };
  throw new UsageError('--claims is a JSON object, such as \'{"groups": ["mail"]}\'.');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message would quote it.
    return undefined;
  }
}
