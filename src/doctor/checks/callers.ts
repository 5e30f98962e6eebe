import { idleEntries } from '../../config/provable-callers.ts';
import type { PolicyEntry } from '../../domain/policy-entry.ts';
import type { RpcName } from '../../domain/rpc-name.ts';
import type { Check } from '../check.ts';
import { type Finding, ok, warning } from '../finding.ts';

/** Without these an installation cannot do its work: take consents, use them, end them. */
const NEEDED: readonly RpcName[] = ['ExchangeCode', 'GetAccessToken', 'RevokeUser'];

/** The caller policy: that somebody may call, and that whoever is named can come. */
export const callersCheck: Check = {
  area: 'callers',
  async run(context) {
    const { callers } = context.section('policy');
    if (callers.length === 0) return [nobody()];
    const idle = idleFindings(callers, {
      listen: context.section('listen'),
      listen_jwt: context.config.sections.listen_jwt,
    });
    const unused = NEEDED.filter((rpc) => !callers.some(({ rpcs }) => rpcs.has(rpc)));
    const findings = [...idle, ...unused.map(unusedFinding)];
    if (findings.length > 0) return findings;
    return [ok('callers.good', `The policy names ${callers.length} callers, and all can come.`)];
  },
};

function nobody(): Finding {
  return warning({
    id: 'callers.nobody',
    text: 'The policy names no caller, so every call is refused.',
    remedy: 'Name callers in the file of `policy.file`; docs/callers.md says how.',
  });
}

function idleFindings(
  callers: readonly PolicyEntry[],
  proofs: Parameters<typeof idleEntries>[1],
): readonly Finding[] {
  return idleEntries(callers, proofs).map(({ entry, line, problem }) =>
    warning({
      id: 'callers.idle',
      about: entry,
      text: `${entry} of the policy${line === undefined ? '' : ` (line ${line})`} matches nobody: ${problem}.`,
      remedy:
        'Correct the entry or that key; `tokenvault policy check --config` says when it is good.',
    }),
  );
}

function unusedFinding(rpc: RpcName): Finding {
  return warning({
    id: 'callers.rpc_unused',
    about: rpc,
    text: `No caller may call ${rpc}.`,
    remedy: `Add ${rpc} to the \`rpcs\` of whoever is to call it, in the file of \`policy.file\`.`,
  });
}
