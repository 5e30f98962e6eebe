import { z } from 'zod';
import { type CallerGrant, RPC_NAMES } from '../domain/rpc-name.ts';
import { isSpiffeId } from '../domain/spiffe-id.ts';
import { problemAt } from './problem-at.ts';
import { oneOf } from './scalars.ts';
import { parseYaml } from './yaml-text.ts';

const MOST_CALLERS = 10_000;
const NO_SPIFFE_ID = 'must be a SPIFFE ID, such as spiffe://example.org/drive-worker';
const NO_RPCS = `must be a list of RPCs: ${RPC_NAMES.join(', ')}`;

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
  const spiffeId = z.string({ error: () => NO_SPIFFE_ID }).refine(isSpiffeId, NO_SPIFFE_ID);
  const rpcs = z.array(oneOf(RPC_NAMES), { error: () => NO_RPCS }).min(1, { error: NO_RPCS });
  const caller = group({ spiffe_id: spiffeId, rpcs }).transform(
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
