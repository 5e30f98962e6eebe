import type { CallerProof } from '../domain/caller.ts';
import type { CallerMatcher } from '../domain/caller-matcher.ts';
import type { PolicyEntry } from '../domain/policy-entry.ts';
import type { Config } from './config-sections.ts';

/** What decides which callers can prove who they are. */
export type CallerProofs = Pick<Config, 'listen' | 'listen_jwt'>;

/** Whom an entry names, or who calls. */
export interface Named {
  readonly proof: CallerProof;
  /** The SPIFFE ID or its beginning, the DNS name, the issuer of the token. */
  readonly name: string;
}

/** An entry of the policy that no caller can ever match. */
export interface IdleEntry {
  /** Its place in the file. */
  readonly entry: string;
  readonly line?: number | undefined;
  readonly problem: string;
}

/** Why nobody can prove to be one of these, as a clause that names the key; undefined where they can. */
export function whyNobody({ proof, name }: Named, proofs: CallerProofs): string | undefined {
  const { listen, listen_jwt } = proofs;
  switch (proof) {
    case 'spiffe':
      if (listen.trustDomain === undefined) return 'listen.trust_domain is not set';
      if (name.startsWith(`spiffe://${listen.trustDomain}/`)) return undefined;
      return `listen.trust_domain is ${listen.trustDomain}`;
    case 'dns':
      return listen.dnsNames ? undefined : 'listen.dns_names is false';
    case 'jwt':
      if (listen_jwt?.issuers.some(({ issuer }) => issuer === name) === true) return undefined;
      return 'its issuer is none of listen_jwt.issuers';
  }
}

/** Entries of the policy of which no caller can prove who it is: they are good, and of no use. */
export function idleEntries(
  entries: readonly PolicyEntry[],
  proofs: CallerProofs,
): readonly IdleEntry[] {
  return entries.flatMap(({ matcher, lines }, index) => {
    const problem = whyNobody(namedBy(matcher), proofs);
    if (problem === undefined) return [];
    return [{ entry: `callers[${index}]`, line: lines.entry, problem }];
  });
}

function namedBy(matcher: CallerMatcher): Named {
  switch (matcher.kind) {
    case 'spiffeId':
      return { proof: 'spiffe', name: matcher.id };
    case 'spiffeIdPrefix':
      return { proof: 'spiffe', name: matcher.prefix };
    case 'dnsName':
      return { proof: 'dns', name: matcher.name };
    case 'jwt':
      return { proof: 'jwt', name: matcher.issuer };
  }
}
