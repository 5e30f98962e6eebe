/** Every metric of the product: its kind, labels and meaning. Names are part of the contract. */
export const METRICS = {
  tokenvault_rpc_total: {
    kind: 'counter',
    labels: ['method', 'code', 'reason'],
    help: 'Calls answered, by gRPC method, status code and ErrorInfo reason.',
  },
  tokenvault_rpc_seconds: {
    kind: 'histogram',
    labels: ['method'],
    help: 'Time from the first byte of a call to its answer, seconds.',
  },
  tokenvault_refused_total: {
    kind: 'counter',
    labels: ['refused'],
    help: 'Refused before a method was known: connection_refused, tls_refused, call_refused.',
  },
  tokenvault_upstream_seconds: {
    kind: 'histogram',
    labels: ['target', 'outcome'],
    help: 'Time of one request to Google or Vault, seconds.',
  },
  tokenvault_token_cache_total: {
    kind: 'counter',
    labels: ['outcome'],
    help: 'Look-ups of access tokens: hit, ahead (hit that refreshes in the background), miss.',
  },
  tokenvault_client_secret_total: {
    kind: 'counter',
    labels: ['client', 'suffix', 'outcome'],
    help: 'Uses of an OAuth client secret, named by its last four characters: accepted, rejected.',
  },
  tokenvault_alerts_total: {
    kind: 'counter',
    labels: ['alert'],
    help: 'Conditions that page an operator; the log line of the same name says more.',
  },
  tokenvault_security_events_total: {
    kind: 'counter',
    labels: ['event'],
    help: 'Requests that look like an attack, such as a code that is presented for another request.',
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
  tokenvault_dependency_failing: {
    kind: 'gauge',
    labels: ['dependency'],
    help: 'Whether what TokenVault depends on fails now, 1 or 0: vault, google.',
  },
  tokenvault_event_loop_delay_seconds: {
    kind: 'gauge',
    labels: ['quantile'],
    help: 'How late the process came to its work since the last scrape, seconds; 1 is the worst.',
  },
  tokenvault_build_info: {
    kind: 'gauge',
    labels: ['version', 'node'],
    help: 'Always 1; the labels say which TokenVault runs on which Node.',
  },
} as const satisfies Record<string, MetricDefinition>;

export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

type Definitions = typeof METRICS;
export type MetricName = keyof Definitions;
type NamesOf<Kind> = {
  [Name in MetricName]: Definitions[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
type LabelsOf<Name extends MetricName> = Readonly<
  Record<Definitions[Name]['labels'][number], string>
>;

/** Where the parts report what they count. Labels never carry a user or a secret. */
export interface Metrics {
  count<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>): void;
  /** `count` with labels that never change, worked out once: for what is counted at every call. */
  counter<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>): () => void;
  set<Name extends NamesOf<'gauge'>>(name: Name, value: number, labels: LabelsOf<Name>): void;
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
