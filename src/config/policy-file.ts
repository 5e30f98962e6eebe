import { z } from 'zod';
import { type CallerMatcher, covers } from '../domain/caller-matcher.ts';
import type { PolicyEntry, PolicyLines } from '../domain/policy-entry.ts';
import { RPC_RULES, type RpcName, type RpcRule } from '../domain/rpc-name.ts';
import { entryKeys } from './policy-schema.ts';
import { problemAt } from './problem-at.ts';
import { type ParsedYaml, parseYaml } from './yaml-text.ts';

const MOST_CALLERS = 1_000;
const MATCHERS = ['spiffe_id', 'spiffe_id_prefix', 'dns_name', 'jwt'] as const;

/** Who may do what; whoever is not named may do nothing. */
export interface PolicyFile {
  readonly callers: readonly PolicyEntry[];
}

export type ParsedPolicy =
  | { readonly policy: PolicyFile }
  /** Each names the place in the file and what is allowed there. */
  | { readonly problems: readonly string[] };

type Path = readonly PropertyKey[];
type Keys = z.output<ReturnType<typeof entrySchema>>;

/** Reads the policy file, whole or not at all; it never throws. */
export function parsePolicy(source: string): ParsedPolicy {
  const yaml = parseYaml(source);
  if (yaml.problems.length > 0) return { problems: yaml.problems };
  const parsed = policySchema().safeParse(yaml.tree);
  if (!parsed.success) {
    return { problems: parsed.error.issues.map((issue) => problemAt(issue, lineAt(yaml, issue))) };
  }
  const { callers } = parsed.data;
  return { policy: { callers: callers.map((keys, index) => entryFrom(keys, yaml, index)) } };
}

/** A key that is missing has no line of its own. */
function lineAt(yaml: ParsedYaml, { path }: { readonly path: Path }): number | undefined {
  return yaml.lineOf(path) ?? yaml.lineOf(path.slice(0, -1));
}

function policySchema() {
  const message = `must be a list of at most ${MOST_CALLERS} callers`;
  const callers = z
    .array(entrySchema(), { error: () => message })
    .max(MOST_CALLERS, { error: message })
    .superRefine(refuseUnreachable);
  return z.strictObject({ callers }, { error: () => 'must have the key callers and no other' });
}

function entrySchema() {
  const keys = entryKeys();
  const names = Object.keys(keys).join(', ');
  return z
    .strictObject(keys, { error: () => `must have no keys but ${names}` })
    .superRefine((entry, context) => {
      const set = MATCHERS.filter((key) => entry[key] !== undefined);
      if (set.length !== 1) context.addIssue(`must have exactly one of ${MATCHERS.join(', ')}`);
      const need = (key: 'oauth_clients' | 'max_scopes', rule: keyof RpcRule) => {
        const by = entry.rpcs.filter((rpc) => RPC_RULES[rpc][rule]);
        const message = keyProblem(by, { rule, has: entry[key] !== undefined });
        if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message });
      };
      need('oauth_clients', 'oauthClients');
      need('max_scopes', 'maxScopes');
    });
}

/** What is wrong with a key that the RPCs in `by` need. */
function keyProblem(
  [first]: readonly RpcName[],
  { rule, has }: { readonly rule: keyof RpcRule; readonly has: boolean },
): string | undefined {
  if (first !== undefined && !has) return `must be there for ${first}: nothing is implied`;
  if (first !== undefined || !has) return undefined;
  const rpcs = Object.entries(RPC_RULES).flatMap(([rpc, needs]) => (needs[rule] ? [rpc] : []));
  return `has no effect without ${rpcs.join(' or ')}: take it out`;
}

/** An entry behind one that has all its callers would never count, whatever it was meant for. */
function refuseUnreachable(callers: readonly Keys[], context: z.RefinementCtx): void {
  const matchers = callers.map(matcherOf);
  for (const [index, matcher] of matchers.entries()) {
    const first = matchers.findIndex((earlier) => covers(earlier, matcher));
    if (first === index) continue;
    const message = `can never be reached: callers[${first}] has all its callers`;
    context.addIssue({ code: 'custom', path: [index], message });
  }
}

function matcherOf({ spiffe_id, spiffe_id_prefix, dns_name, jwt }: Keys): CallerMatcher {
  if (spiffe_id !== undefined) return { kind: 'spiffeId', id: spiffe_id };
  if (spiffe_id_prefix !== undefined) return { kind: 'spiffeIdPrefix', prefix: spiffe_id_prefix };
  if (dns_name !== undefined) return { kind: 'dnsName', name: dns_name };
  return { kind: 'jwt', issuer: '', ...jwt };
}

function entryFrom(keys: Keys, yaml: ParsedYaml, index: number): PolicyEntry {
  return {
    matcher: matcherOf(keys),
    rpcs: new Set(keys.rpcs),
    oauthClients: new Set(keys.oauth_clients),
    maxScopes: new Set(keys.max_scopes),
    users: keys.users,
    requestsPerSecond: keys.requests_per_second,
    lines: linesOf(yaml, index),
  };
}

function linesOf(yaml: ParsedYaml, index: number): PolicyLines {
  const line = (...path: Path) => yaml.lineOf(['callers', index, ...path]);
  return {
    entry: line(),
    rpcs: line('rpcs'),
    oauthClients: line('oauth_clients'),
    maxScopes: line('max_scopes'),
    users: line('users'),
  };
}
