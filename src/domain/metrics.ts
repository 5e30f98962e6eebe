import { GATEWAY_METRICS } from './gateway-metrics.ts';

/** Every metric of the product: its kind, labels and meaning. Names are part of the contract. */
export const METRICS = {
  tokenvault_rpc_total: {
    kind: 'counter',
    labels: ['method', 'code', 'reason'],
    help: 'Calls that ended, by gRPC method, status code and ErrorInfo reason.',
  },
  tokenvault_rpc_seconds: {
    kind: 'histogram',
    labels: ['method'],
    help: 'Time from a complete request to its answer, seconds.',
  },
  tokenvault_refused_total: {
    kind: 'counter',
    labels: ['refused'],
    help: 'Refused before there was a call of TokenVault: connection_refused, tls_refused, call_refused.',
  },
  tokenvault_caller_credentials_total: {
    kind: 'counter',
    labels: ['outcome'],
    help: 'Credentials of callers that were looked at: how the caller is known, or why it is not.',
  },
  tokenvault_issuer_keys_failing: {
    kind: 'gauge',
    process: 'every',
    labels: ['issuer'],
    help: 'Whether the keys of an issuer of callers’ or apps’ tokens could not be fetched last time, 1 or 0.',
  },
  tokenvault_upstream_seconds: {
    kind: 'histogram',
    process: 'every',
    labels: ['target', 'outcome'],
    help: 'Time of one request to Google, to Vault or for the keys of an issuer, seconds.',
  },
  tokenvault_clock_offset_seconds: {
    kind: 'gauge',
    labels: ['against'],
    help: 'How far this machine’s clock is at least ahead of another one, seconds; less than 0 behind.',
  },
  tokenvault_vault_logins_total: {
    kind: 'counter',
    labels: ['method', 'outcome'],
    help: 'Logins at Vault by method: ok, refused, no_credentials, unavailable.',
  },
  tokenvault_vault_token_expires_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'Until the token for Vault ends unless it is renewed, seconds; +Inf where it does not.',
  },
  tokenvault_vault_access_lost: {
    kind: 'gauge',
    labels: ['cause'],
    help: 'Whether Vault refuses the service, 1 or 0: token_dead, login_refused, policy_denies, mount_missing.',
  },
  tokenvault_token_cache_total: {
    kind: 'counter',
    labels: ['outcome'],
    help: 'Look-ups of access tokens: hit, ahead (hit that refreshes in the background), miss.',
  },
  tokenvault_batch_results_total: {
    kind: 'counter',
    labels: ['code', 'reason'],
    help: 'Users of BatchGetAccessTokens by status code and reason, as calls; OK where they got a token.',
  },
  tokenvault_client_secret_total: {
    kind: 'counter',
    labels: ['client', 'suffix', 'outcome'],
    help: 'Uses of an OAuth client secret, named by its last four characters: accepted, rejected.',
  },
  tokenvault_client_secret_last_accepted_timestamp_seconds: {
    kind: 'gauge',
    labels: ['client', 'suffix'],
    help: 'When Google last accepted an OAuth client secret from this process, Unix time; 0 if never.',
  },
  tokenvault_client_secret_configured: {
    kind: 'gauge',
    labels: ['client', 'suffix', 'position'],
    help: 'Whether an OAuth client secret is in use here, as newest or previous, 1 or 0.',
  },
  tokenvault_alerts_total: {
    kind: 'counter',
    process: 'every',
    labels: ['alert'],
    help: 'Conditions that an operator is told of; the log line of the same name says more.',
  },
  tokenvault_spans_total: {
    kind: 'counter',
    process: 'every',
    labels: ['outcome'],
    help: 'Spans of traces that were sent to the collector, or lost because it did not take them.',
  },
  tokenvault_config_reloads_total: {
    kind: 'counter',
    process: 'every',
    labels: ['part', 'outcome'],
    help: 'Changes of the configuration that were found while it runs: taken, refused.',
  },
  tokenvault_security_events_total: {
    kind: 'counter',
    labels: ['event'],
    help: 'Requests that look like an attack, such as a code that is presented for another request.',
  },
  tokenvault_google_pause_seconds: {
    kind: 'gauge',
    labels: ['client'],
    help: 'How long Google is not asked for an OAuth client, because it throttles; 0 while it is asked.',
  },
  tokenvault_google_pauses_total: {
    kind: 'counter',
    labels: ['client'],
    help: 'Pauses that Google wanted, by OAuth client.',
  },
  tokenvault_google_held_back_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Refreshes and exchanges that were not let through to Google, by what the caller was told.',
  },
  tokenvault_audit_decisions_total: {
    kind: 'counter',
    labels: ['outcome'],
    help: 'Decisions for the audit: written, or lost because they could not be.',
  },
  tokenvault_exchanges_outcome_unknown_total: {
    kind: 'counter',
    labels: [],
    help: 'Codes that were sent to Google without a usable answer.',
  },
  tokenvault_held_commits: {
    kind: 'gauge',
    labels: [],
    help: 'Refresh tokens held in memory because Vault has not committed them yet.',
  },
  tokenvault_held_commits_lost_total: {
    kind: 'counter',
    labels: [],
    help: 'Refresh tokens given up because Vault did not commit them within the limit.',
  },
  tokenvault_revocations_pending: {
    kind: 'gauge',
    labels: [],
    help: 'Revocations that are not finished at Google.',
  },
  tokenvault_revocation_log_age_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'Age of this replica’s view of the revocation log, seconds.',
  },
  tokenvault_cached_tokens: {
    kind: 'gauge',
    labels: [],
    help: 'Access tokens in memory.',
  },
  tokenvault_refreshes_in_flight: {
    kind: 'gauge',
    labels: [],
    help: 'Access tokens that are being fetched from Google now, each for any number of callers.',
  },
  ...GATEWAY_METRICS,
  tokenvault_dependency_failing: {
    kind: 'gauge',
    process: 'every',
    labels: ['dependency', 'cause'],
    help: 'Whether what the process depends on fails now, and why, 1 or 0: vault, google; at the gateway token_vault.',
  },
  tokenvault_certificate_expires_seconds: {
    kind: 'gauge',
    process: 'every',
    labels: ['certificate'],
    help: 'Until a certificate file is no longer good, by the configuration key of the file, seconds.',
  },
  tokenvault_event_loop_delay_seconds: {
    kind: 'gauge',
    process: 'every',
    labels: ['quantile'],
    help: 'How late the process came to its work since the last scrape, seconds; 1 is the worst.',
  },
  tokenvault_build_info: {
    kind: 'gauge',
    process: 'every',
    labels: ['version', 'node'],
    help: 'Always 1; the labels say which TokenVault runs on which Node.',
  },
} as const satisfies Record<string, MetricDefinition>;

/** The processes of the product that count: `tokenvault serve` and `tokenvault gateway`. */
export type MeasuredProcess = 'service' | 'gateway';

export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Which process has it. Default: the service. */
  readonly process?: MeasuredProcess | 'every';
  readonly labels: readonly string[];
  readonly help: string;
}

/** The metrics of one process, by name. */
export function metricsOf(
  process: MeasuredProcess,
): readonly (readonly [name: string, definition: MetricDefinition])[] {
  const definitions: [string, MetricDefinition][] = Object.entries(METRICS);
  return definitions.filter(([, { process: of = 'service' }]) => of === process || of === 'every');
}

type Definitions = typeof METRICS;
export type MetricName = keyof Definitions;
type NamesOf<Kind> = {
  [Name in MetricName]: Definitions[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
type LabelsOf<Name extends MetricName> = Readonly<
  Record<Definitions[Name]['labels'][number], string>
>;

/** For a process that nobody scrapes. */
export const NO_METRICS: Metrics = {
  count: () => undefined,
  counter: () => () => undefined,
  set: () => undefined,
  remove: () => undefined,
  observe: () => undefined,
  observer: () => () => undefined,
};

/** Where the parts report what they count. Labels never carry a user or a secret. */
export interface Metrics {
  count<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>): void;
  /** `count` with labels that never change, worked out once: for what is counted at every call. */
  counter<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>): () => void;
  set<Name extends NamesOf<'gauge'>>(name: Name, value: number, labels: LabelsOf<Name>): void;
  /** Takes one series away, for labels that come and go. */
  remove<Name extends NamesOf<'counter' | 'gauge'>>(name: Name, labels: LabelsOf<Name>): void;
  observe<Name extends NamesOf<'histogram'>>(
    name: Name,
    seconds: number,
    labels: LabelsOf<Name>,
  ): void;
  /** `observe` likewise. */
  observer<Name extends NamesOf<'histogram'>>(
    name: Name,
    labels: LabelsOf<Name>,
  ): (seconds: number) => void;
}
