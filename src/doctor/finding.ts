/** What is looked at, in the order in which it is said. */
export const AREAS = [
  'config',
  'clock',
  'tls',
  'vault',
  'mounts',
  'access',
  'records',
  'clients',
  'google',
  'callers',
  'audit',
  'gateway',
] as const;
export type Area = (typeof AREAS)[number];

/** Stable names of what can be found, for whoever watches for one; docs/doctor.md has them all. */
export const FINDING_IDS = [
  'config.good',
  'config.problem',
  'clock.right',
  'clock.differs',
  'tls.good',
  'tls.expired',
  'tls.expires_soon',
  'tls.not_yet_valid',
  'tls.chain_broken',
  'tls.chain_incomplete',
  'tls.not_for_servers',
  'tls.no_names',
  'tls.name_differs',
  'tls.client_ca_expired',
  'tls.client_ca_not_authority',
  'vault.node',
  'vault.unreachable',
  'vault.sealed',
  'vault.not_initialised',
  'vault.not_vault',
  'vault.load_balanced',
  'vault.no_active_node',
  'vault.clusters_differ',
  'vault.version',
  'vault.unverified',
  'mounts.good',
  'mounts.missing',
  'mounts.not_kv2',
  'mounts.not_ready',
  'mounts.unavailable',
  'mounts.expires',
  'mounts.without_cas',
  'mounts.versions',
  'access.good',
  'access.login_failed',
  'access.login_left',
  'access.token_refused',
  'access.vault_refuses',
  'access.root_token',
  'access.missing',
  'access.missing_dispensable',
  'access.too_wide',
  'access.other_mounts',
  'access.no_lookup',
  'access.token_uses',
  'access.token_ends_soon',
  'records.good',
  'records.missing',
  'records.deleted',
  'records.broken',
  'clients.good',
  'clients.missing',
  'clients.broken',
  'clients.secret_rejected',
  'clients.previous_secret_rejected',
  'clients.disabled',
  'clients.unproved',
  'google.good',
  'google.unreachable',
  'google.certs_broken',
  'callers.good',
  'callers.nobody',
  'callers.idle',
  'callers.rpc_unused',
  'callers.issuer_keys',
  'audit.good',
  'audit.off',
  'audit.not_writable',
  'audit.disk_full',
  'audit.shared',
  'gateway.reaches',
  'gateway.unreachable',
  'gateway.refused',
  'gateway.allowed',
  'gateway.not_allowed',
  'gateway.too_wide',
  'gateway.login_keys',
  'gateway.login_keys_missing',
  'check.skipped',
  'check.timed_out',
  'check.broken_off',
] as const;
export type FindingId = (typeof FINDING_IDS)[number];

export type Severity = 'ok' | 'skipped' | 'warning' | 'error';

interface Said {
  readonly id: FindingId;
  /** Which of several: an address, a mount, an alias, a key of the configuration. */
  readonly about?: string;
  /** One sentence or two, without a secret. */
  readonly text: string;
}

/** Nothing to do about it; `skipped` says why it could not be looked at. */
export interface Quiet extends Said {
  readonly severity: 'ok' | 'skipped';
}

export interface Trouble extends Said {
  readonly severity: 'warning' | 'error';
  /** What to do or to type, as a sentence. */
  readonly remedy: string;
}

export type Finding = Quiet | Trouble;

export function ok(id: FindingId, text: string, about?: string): Quiet {
  return { severity: 'ok', id, text, ...(about === undefined ? {} : { about }) };
}

export function skipped(text: string, about?: string): Quiet {
  const id = 'check.skipped';
  return { severity: 'skipped', id, text, ...(about === undefined ? {} : { about }) };
}

export function warning(found: Omit<Trouble, 'severity'>): Trouble {
  return { severity: 'warning', ...found };
}

export function error(found: Omit<Trouble, 'severity'>): Trouble {
  return { severity: 'error', ...found };
}
