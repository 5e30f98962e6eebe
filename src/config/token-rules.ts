import { NO_TYPE, SIGNATURE_ALGORITHMS } from '../domain/token-issuer.ts';
import { duration } from './duration.ts';
import { list, oneOf, text } from './scalars.ts';

/** What the tokens of an issuer have to be, unless the configuration says otherwise. */
export const TOKEN_DEFAULTS = { algorithms: ['RS256'], typ: ['JWT'], maxLife: '1h' } as const;

export const TOKEN_RULE_DOCS = {
  issuer: 'The `iss` of its tokens, letter for letter.',
  audience: 'What `aud` has to be, alone. Choose a name that no other service takes.',
  algorithms: `What its tokens may be signed with, of ${SIGNATURE_ALGORITHMS.join(', ')}.`,
  typ: `What \`typ\` in the header of a token may be; \`${NO_TYPE}\` stands for a token without one, as Kubernetes issues them.`,
  maxLife: 'From `iat` to `exp`, at most. Tokens that live longer are refused.',
} as const;

/** A name that tokens are made out to. */
export function audienceName() {
  return text(/^[\x21-\x7e]{1,255}$/, 'must be a name without blanks');
}

export function algorithmList() {
  return list(oneOf(SIGNATURE_ALGORITHMS), SIGNATURE_ALGORITHMS.length);
}

/** What the `typ` of a token may be. */
export function typeList() {
  return list(text(/^[\w.+/-]{1,64}$/, 'must be the typ of tokens, or none'), 4);
}

/** From `iat` to `exp`. */
export function tokenLife() {
  return duration('1m', '24h');
}
