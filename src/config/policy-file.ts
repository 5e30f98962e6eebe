import { z } from 'zod';
import { problemAt } from './problem-at.ts';
import { oneOf, text } from './scalars.ts';
import { parseYaml } from './yaml-text.ts';

const RPCS = ['ExchangeCode', 'GetAccessToken', 'RevokeUser', 'GetUser'] as const;

/** Trust domain and path as section 2 of the SPIFFE ID standard has them. */
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/;
const LONGEST_SPIFFE_ID = 2_048;
const MOST_CALLERS = 10_000;
const NO_RPCS = `must be a list of RPCs: ${RPCS.join(', ')}`;

/** Which RPCs one caller may use. */
export interface CallerGrant {
  readonly spiffeId: string;
  readonly rpcs: readonly (typeof RPCS)[number][];
}

/** Who may call what; whoever is not named may call nothing. */
export interface PolicyFile {
  readonly callers: readonly CallerGrant[];
}

export type ParsedPolicy =
  | { readonly policy: PolicyFile }
  /** Each names the place in the file and what is allowed there. */
  | { readonly problems: readonly string[] };

/** Reads `callers: [{ spiffe_id, rpcs: [ExchangeCode, …] }]`; it never throws. */
export function parsePolicy(source: string): ParsedPolicy {
  const yaml = parseYaml(source);
  if (yaml.problems.length > 0) return { problems: yaml.problems };
  const parsed = policySchema().safeParse(yaml.tree);
  if (parsed.success) return { policy: parsed.data };
  return {
    problems: parsed.error.issues.map((issue) => problemAt(issue, yaml.lineOf(issue.path))),
  };
}

function policySchema() {
  const spiffeId = text(
    SPIFFE_ID,
    'must be a SPIFFE ID, such as spiffe://example.org/drive-worker',
  );
  const rpcs = z.array(oneOf(RPCS), { error: () => NO_RPCS }).min(1, { error: NO_RPCS });
  const caller = group({ spiffe_id: spiffeId.max(LONGEST_SPIFFE_ID), rpcs }).transform(
    (keys): CallerGrant => ({ spiffeId: keys.spiffe_id, rpcs: keys.rpcs }),
  );
  const message = `must be a list of at most ${MOST_CALLERS} callers`;
  const callers = z.array(caller, { error: () => message }).max(MOST_CALLERS, { error: message });
  return group({ callers: callers.superRefine(refuseRepeats) });
}

/** Two entries for one caller: which of them was meant cannot be known. */
function refuseRepeats(callers: readonly CallerGrant[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  callers.forEach(({ spiffeId }, index) => {
    if (seen.has(spiffeId)) {
      const message = 'must differ from those before: this caller has an entry already';
      context.addIssue({ code: 'custom', path: [index, 'spiffe_id'], message });
    }
    seen.add(spiffeId);
  });
}

function group<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).join(' and ');
  return z.strictObject(shape, { error: () => `must have the keys ${keys} and no other` });
}
