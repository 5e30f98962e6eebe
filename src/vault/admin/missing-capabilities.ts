import type { Granted } from './capabilities.ts';
import {
  type Capability,
  type Mounts,
  type Policy,
  type PolicyRule,
  servicePolicy,
} from './policies.ts';

/** What of Vault the service is going to use. */
export interface Needs extends Mounts {
  /** Whether it writes an audit, for which it reads a key. */
  readonly audit?: boolean;
}

/** What a token lacks. */
export interface Lack {
  /** Such as `update on tokenvault/destroy/users/*`. */
  readonly missing: readonly string[];
  readonly remedy: string;
}

/** The policy of a service that needs no more than that. */
export function neededPolicy(needs: Needs): Policy {
  const isNeeded = ({ forAudit, dispensable }: PolicyRule) =>
    dispensable !== true && (forAudit !== true || needs.audit === true);
  const { name, rules } = servicePolicy(needs);
  return { name, rules: rules.filter(isNeeded) };
}

/** What a service starts without, and somebody misses all the same. */
export function dispensableRules(needs: Needs): readonly PolicyRule[] {
  return servicePolicy(needs).rules.filter(({ dispensable }) => dispensable === true);
}

/** Those of `rules` that are not granted in full. */
export function missingRules(
  rules: readonly PolicyRule[],
  granted: Granted,
): readonly PolicyRule[] {
  return rules.filter((rule) => missingOf(rule, granted).length > 0);
}

/** What of `policy` is not granted; undefined where all is. */
export function lackOf(policy: Policy, granted: Granted, mounts: Mounts): Lack | undefined {
  const named = [
    { mount: mounts.mount, key: '`vault.mount`' },
    { mount: mounts.configMount, key: '`vault.config_mount`' },
  ];
  const lacking = named.map(({ mount, key }) => {
    const rules = policy.rules.filter(({ path }) => path.startsWith(`${mount}/`));
    // Vault also denies what is not there, so the name may be mistyped.
    return rules.every((rule) => missingOf(rule, granted).length === rule.capabilities.length)
      ? { missing: [`everything on ${mount}/`], remedy: [`correct ${key}`] }
      : { missing: rules.flatMap((rule) => missingText(rule, granted)), remedy: [] };
  });
  const missing = lacking.flatMap((each) => each.missing);
  if (missing.length === 0) return undefined;
  const give = `give it the policy \`${policy.name}\` that \`tokenvault init\` prints`;
  return { missing, remedy: [give, ...lacking.flatMap(({ remedy }) => remedy)].join(', or ') };
}

function missingOf({ capabilities, sample }: PolicyRule, granted: Granted): readonly Capability[] {
  return capabilities.filter((capability) => !granted.allows(sample, capability));
}

function missingText(rule: PolicyRule, granted: Granted): readonly string[] {
  const missing = missingOf(rule, granted);
  return missing.length === 0 ? [] : [`${missing.join(', ')} on ${rule.path}`];
}
