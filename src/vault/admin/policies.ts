import { AUDIT_KEY_PATH, LOG_KEY_PATH } from '../key-record.ts';
import { PATH_KEY_PATH, REVOCATION_LOG_PATH, SETTINGS_PATH } from '../mount-records.ts';

/** The two KV v2 mounts: the service's own, and ops' for the OAuth clients. */
export interface Mounts {
  readonly mount: string;
  readonly configMount: string;
}

export type Capability = 'create' | 'read' | 'update' | 'patch' | 'delete' | 'list';

/** One path of a policy and what is allowed there. */
export interface PolicyRule {
  readonly path: string;
  readonly capabilities: readonly Capability[];
  /** A path that `path` covers, for the start-up check. */
  readonly sample: string;
  readonly why: string;
  /** Only a service that writes an audit needs it. */
  readonly forAudit?: boolean;
  /** A service that lacks it starts all the same, with a warning. */
  readonly dispensable?: boolean;
}

export interface Policy {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

/**
 * What the service may do, and nothing else. It may not delete `metadata/users/`: that would start
 * a user's versions at 0 again, and with them the check-and-set that serialises writers.
 */
export function servicePolicy({ mount, configMount }: Mounts): Policy {
  const rule = ruleOn(mount);
  return {
    name: policyName(mount, 'service'),
    rules: [
      rule('config', ['read'], 'the start-up check'),
      rule(`data/${PATH_KEY_PATH}`, ['read'], 'the key that hides identifiers in paths'),
      rule(`data/${SETTINGS_PATH}`, ['read'], 'the revocation settings that all replicas share'),
      rule('data/users/*', ['create', 'read', 'update'], 'one record per user'),
      rule('destroy/users/*', ['update'], 'wipes superseded refresh tokens'),
      { ...rule('metadata/users/*', ['list'], 'lists users for operators'), dispensable: true },
      {
        ...rule('data/links/*', ['create', 'read', 'update'], 'finds users by callers’ own names'),
        dispensable: true,
      },
      rule('data/exchanges/*', ['create', 'read', 'update'], 'what happened to each code'),
      rule('metadata/exchanges/*', ['read', 'list', 'delete'], 'removes them after an hour'),
      rule('data/revocations/*', ['create', 'read', 'update'], 'revocations under way'),
      rule('metadata/revocations/*', ['read', 'list', 'delete'], 'removes them when finished'),
      rule(`data/${REVOCATION_LOG_PATH}`, ['create', 'read', 'update'], 'tells every replica'),
      ruleOn(configMount)('config', ['read'], 'the start-up check'),
      ruleOn(configMount)('data/clients/*', ['read'], 'OAuth clients and their secrets'),
      {
        ...ruleOn(configMount)(`data/${AUDIT_KEY_PATH}`, ['read'], 'the key of the audit'),
        forAudit: true,
      },
      {
        ...ruleOn(configMount)(
          `data/${LOG_KEY_PATH}`,
          ['read'],
          'the key that hides users in the log',
        ),
        dispensable: true,
      },
    ],
  };
}

/** What ops may do: configure OAuth clients, and find a user in the log. No token is within reach. */
export function opsPolicy({ mount, configMount }: Mounts): Policy {
  const rule = ruleOn(configMount);
  return {
    name: policyName(mount, 'ops'),
    rules: [
      rule('data/clients/*', ['create', 'read', 'update', 'patch'], 'imports and rotates'),
      rule('metadata/clients/*', ['read', 'list'], 'shows what is configured'),
      rule(`data/${LOG_KEY_PATH}`, ['read'], 'finds a user in the log'),
      rule(`metadata/${LOG_KEY_PATH}`, ['read'], 'finds the keys from before a rotation'),
    ],
  };
}

/**
 * What a reviewer may do who checks the audit: read its key. Whoever has it can make lines that pass
 * every check, so it is in nobody else's policy but the service's.
 */
export function auditorPolicy({ mount, configMount }: Mounts): Policy {
  const rule = ruleOn(configMount);
  return {
    name: policyName(mount, 'auditor'),
    rules: [
      rule(`data/${AUDIT_KEY_PATH}`, ['read'], 'checks lines of the audit'),
      rule(`metadata/${AUDIT_KEY_PATH}`, ['read'], 'finds the keys from before a rotation'),
    ],
  };
}

/** By the mount, so that two installations in one Vault have policies of their own. */
function policyName(mount: string, holder: string): string {
  return `${mount.replaceAll('/', '-')}-${holder}`.toLowerCase();
}

function ruleOn(mount: string) {
  return (path: string, capabilities: readonly Capability[], why: string): PolicyRule => ({
    path: `${mount}/${path}`,
    capabilities,
    sample: `${mount}/${samplePath(path)}`,
    why,
  });
}

/** A path as deep as the service's own, so that hand-written patterns such as `users/+/+` pass too. */
function samplePath(path: string): string {
  return path
    .replace('users/*', 'users/000/key')
    .replace('links/*', 'links/000/key')
    .replace('exchanges/*', 'exchanges/00/key')
    .replace('*', 'key');
}

/**
 * The policy in HCL, as `vault policy write` takes it. Looking up and renewing its own token, and
 * asking for its own capabilities, come with Vault's `default` policy.
 */
export function renderPolicy(policy: Policy): string {
  return policy.rules
    .map(
      ({ path, capabilities, why }) =>
        `# ${why}\npath "${path}" { capabilities = ${JSON.stringify(capabilities).replaceAll(',', ', ')} }\n`,
    )
    .join('');
}
