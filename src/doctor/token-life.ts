import type { OwnToken } from '../vault/admin/own-token.ts';
import { error, type Finding, warning } from './finding.ts';

/** Whoever keeps a token alive renews it long before so little of its life is left. */
const LAST_SHARE = 1 / 4;

/** What is wrong with the token itself, whatever it may do. */
export function tokenFindings(token: OwnToken | undefined): readonly Finding[] {
  if (token === undefined) {
    return [
      error({
        id: 'access.no_lookup',
        text: 'The token may not look at itself, by which the service tells a dead token from a refusal.',
        remedy: 'Give it Vault’s `default` policy as well.',
      }),
    ];
  }
  const { ttlS, lifeS, usesLeft } = token;
  const findings: Finding[] = [];
  if (usesLeft > 0) {
    findings.push(
      error({
        id: 'access.token_uses',
        text: `The token ends after ${usesLeft} more requests.`,
        remedy: 'Make one without `-use-limit`.',
      }),
    );
  }
  if (ttlS > 0 && ttlS < lifeS * LAST_SHARE) {
    findings.push(
      warning({
        id: 'access.token_ends_soon',
        text: `The token ends in ${lifeText(ttlS)}, and nobody has renewed it.`,
        remedy:
          'Write a new one into `vault.auth.token_file`: the service takes it within two seconds.',
      }),
    );
  }
  return findings;
}

function lifeText(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} hours`;
  return `${Math.floor(seconds / 86_400)} days`;
}
