import type { LogFields, Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Conditions that an operator is told of: labels of `tokenvault_alerts_total`, and log events. */
export const ALERTS = [
  'stored_record_corrupt',
  'oauth_client_rejected',
  'oauth_client_broken',
  'oauth_client_secret_refused',
  'scope_narrowing_failed',
  'store_access_lost',
  'vault_login_refused',
  'held_commit_lost',
  'revocation_unconfirmed',
  'revocation_log_behind',
  'grpc_internals_missing',
  'config_refused',
  'issuer_keys_unavailable',
  'audit_not_written',
  'audit_not_reopened',
  'audit_key_refused',
  'log_key_refused',
] as const;
export type Alert = (typeof ALERTS)[number];

/** Tells an operator: one metric and one log line of the same name. */
export class Alerts {
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  raise(alert: Alert, fields: LogFields = {}): void {
    this.#metrics.count('tokenvault_alerts_total', { alert });
    this.#logger.error(alert, fields);
  }
}
