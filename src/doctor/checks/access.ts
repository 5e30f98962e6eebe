import { isAudited } from '../../config/audit-section.ts';
import { ownCapabilities } from '../../vault/admin/capabilities.ts';
import { excessOf, type Forbidden, forbiddenTo } from '../../vault/admin/excess.ts';
import {
  dispensableRules,
  type Lack,
  lackOf,
  missingRules,
  type Needs,
  neededPolicy,
} from '../../vault/admin/missing-capabilities.ts';
import { type OwnToken, readOwnToken } from '../../vault/admin/own-token.ts';
import type { PolicyRule } from '../../vault/admin/policies.ts';
import { tokenProblem } from '../../vault/admin/preflight.ts';
import { visibleMounts } from '../../vault/admin/visible-mounts.ts';
import { LoginFault } from '../../vault/login/login-fault.ts';
import type { Check } from '../check.ts';
import type { DoctorContext } from '../context.ts';
import { error, type Finding, ok, warning } from '../finding.ts';
import { sentence } from '../sentence.ts';
import { LoginLeft } from '../service-session.ts';
import { tokenFindings } from '../token-life.ts';

/** What the service's token may do in Vault: all that it needs, and no more. */
export const accessCheck: Check = {
  area: 'access',
  async run(context) {
    const { mount, configMount } = context.section('vault');
    const { audit } = context.config.sections;
    const needs: Needs = { mount, configMount, audit: audit === undefined || isAudited(audit) };
    const fault = await loginFault(context);
    if (fault !== undefined) return [fault];
    const client = await context.vault.active();
    const policy = neededPolicy(needs);
    const forbidden = forbiddenTo(needs);
    const dispensable = dispensableRules(needs);
    const granted = await ownCapabilities(
      client,
      [...policy.rules, ...dispensable, ...forbidden].map(({ sample }) => sample),
    );
    if (granted.kind === 'refused') return [refusedFinding(granted.status)];
    const [token, mounts] = await Promise.all([readOwnToken(client), visibleMounts(client)]);
    if (granted.isRoot) return [rootFinding(policy.name)];
    const lack = lackOf(policy, granted, needs);
    const findings = [
      ...lackFindings(lack),
      // Who is given the whole policy has these too.
      ...(lack === undefined ? missingRules(dispensable, granted).map(dispensableFinding) : []),
      ...excessOf(forbidden, granted).map((excess) => excessFinding(excess, token)),
      ...strangeMounts(mounts ?? [], needs),
      ...tokenFindings(token),
    ];
    if (findings.length > 0) return findings;
    return [
      ok('access.good', `The token may do what the policy ${policy.name} says, and no more.`),
    ];
  },
};

async function loginFault(context: DoctorContext): Promise<Finding | undefined> {
  try {
    await context.vault.logIn();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof LoginLeft) return leftFinding(thrown);
    if (!(thrown instanceof LoginFault)) throw thrown;
    return error({
      id: 'access.login_failed',
      text: thrown.message,
      remedy: `Correct what it names; docs/configuration.md has the keys of \`vault.auth\`.${spent(context)}`,
    });
  }
}

/** What each run of the doctor costs where Vault locks those out who are refused. */
function spent(context: DoctorContext): string {
  if (context.section('vault').auth.method !== 'approle') return '';
  return ' Do so before the next run of the doctor: at the fifth refused login Vault locks the role for everybody, for fifteen minutes, and each run is one.';
}

function leftFinding({ because }: LoginLeft): Finding {
  return warning({
    id: 'access.login_left',
    text: `${because} So most of what is in Vault was not looked at.`,
    remedy:
      'Run the doctor with a configuration without `vault.auth.approle`, and VAULT_TOKEN set to a token made by `vault token create -policy=… -ttl=5m` with the policy of the service.',
  });
}

function refusedFinding(status: number): Finding {
  const { kind, what, remedy } = tokenProblem(status);
  const id = kind === 'token_refused' ? 'access.token_refused' : 'access.vault_refuses';
  return error({ id, text: sentence(what), remedy: sentence(remedy) });
}

function rootFinding(policy: string): Finding {
  return error({
    id: 'access.root_token',
    text: 'The service has a root token, which may do everything in Vault.',
    remedy: `Give it one of its own: \`vault token create -orphan -policy=${policy} -ttl=768h\`.`,
  });
}

function lackFindings(lack: Lack | undefined): readonly Finding[] {
  if (lack === undefined) return [];
  return lack.missing.map((missing) =>
    error({
      id: 'access.missing',
      about: missing,
      text: `The token lacks ${missing}.`,
      remedy: sentence(lack.remedy),
    }),
  );
}

function dispensableFinding({ path, capabilities, why }: PolicyRule): Finding {
  const missing = `${capabilities.join(', ')} on ${path}`;
  return warning({
    id: 'access.missing_dispensable',
    about: missing,
    text: `The token lacks ${missing} (${why}): the service starts without it.`,
    remedy: 'Run `tokenvault init --write-policies` with an operator token.',
  });
}

function excessFinding(
  { path, capabilities, why, isGrave }: Forbidden,
  token: OwnToken | undefined,
): Finding {
  const policies =
    token === undefined ? 'its policies' : `its policies (${token.policies.join(', ')})`;
  return (isGrave ? error : warning)({
    id: 'access.too_wide',
    about: path,
    text: `The token may ${capabilities.join(', ')} on ${path}: ${why}.`,
    remedy: `Take that out of ${policies}: \`tokenvault init\` prints the one that is enough.`,
  });
}

function strangeMounts(
  mounts: readonly string[],
  { mount, configMount }: Needs,
): readonly Finding[] {
  const others = mounts.filter((name) => name !== mount && name !== configMount);
  if (others.length === 0) return [];
  return [
    warning({
      id: 'access.other_mounts',
      about: others.join(', '),
      text: `The token reaches other mounts too: ${others.join(', ')}.`,
      remedy: 'Give it the policy that `tokenvault init` prints, and no other.',
    }),
  ];
}
