import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import { type OAuthClient, secretSuffix } from '../domain/oauth-client.ts';
import { type CredentialsVerdict, type TokenOutcome, verdictOf } from '../domain/oauth-provider.ts';
import type { Secret } from '../domain/secret.ts';

/** Secrets of one client that have series: those in use, and the last ones before them. */
const MOST_SECRETS = 8;
const POSITIONS = ['newest', 'previous'] as const;

export interface ClientSecretMetricsDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * What an operator looks at while a secret is rotated: which secrets a replica has in use, and when
 * Google accepted each last. The series of a secret go when enough others came after it.
 */
export class ClientSecretMetrics {
  readonly #deps: ClientSecretMetricsDeps;
  /** By alias, those that had to do with it last in the end: the positions of each secret now. */
  readonly #shown = new Map<string, Map<string, ReadonlySet<string>>>();

  constructor(deps: ClientSecretMetricsDeps) {
    this.#deps = deps;
  }

  /** This is what the replica uses from now on. */
  inUse({ alias, secrets }: OAuthClient): void {
    this.#show(alias, secrets.map(secretSuffix));
  }

  /** The replica uses nothing of this name any more. */
  noneInUse(alias: string): void {
    this.#show(alias, []);
  }

  /** A secret was sent to Google, with a code or a token. */
  used(alias: string, secret: Secret, outcome: TokenOutcome): void {
    if (outcome.kind === 'no_answer') return;
    const verdict = verdictOf(outcome);
    this.judged(alias, secret, verdict);
    // A disabled client, or a request that was refused before anybody looked, says nothing of it.
    if (verdict !== 'accepted' && verdict !== 'rejected') return;
    this.#deps.metrics.count('tokenvault_client_secret_total', {
      client: alias,
      suffix: secretSuffix(secret),
      outcome: verdict,
    });
  }

  /** Google said what it thinks of a secret. */
  judged(alias: string, secret: Secret, verdict: CredentialsVerdict): void {
    const suffix = secretSuffix(secret);
    this.#touch(alias, suffix);
    if (verdict === 'accepted') this.#setLastAccepted(alias, suffix, this.#deps.clock.now());
  }

  #show(client: string, suffixes: readonly string[]): void {
    for (const [suffix, before] of this.#secretsOf(client)) {
      for (const position of before) this.#setConfigured({ client, suffix, position }, 0);
      this.#secretsOf(client).set(suffix, new Set());
    }
    for (const [index, position] of POSITIONS.entries()) {
      const suffix = suffixes[index];
      if (suffix === undefined) continue;
      const positions = this.#touch(client, suffix);
      this.#secretsOf(client).set(suffix, new Set([...positions, position]));
      this.#setConfigured({ client, suffix, position }, 1);
    }
  }

  /** @returns the positions that the secret has now */
  #touch(client: string, suffix: string): ReadonlySet<string> {
    const secrets = this.#secretsOf(client);
    const known = secrets.get(suffix);
    if (known === undefined) this.#setLastAccepted(client, suffix, 0);
    secrets.delete(suffix);
    secrets.set(suffix, known ?? new Set());
    const [oldest] = [...secrets].find(([, positions]) => positions.size === 0) ?? [];
    if (secrets.size > MOST_SECRETS && oldest !== undefined) {
      secrets.delete(oldest);
      this.#remove(client, oldest);
    }
    return secrets.get(suffix) ?? new Set();
  }

  #remove(client: string, suffix: string): void {
    const { metrics } = this.#deps;
    for (const position of POSITIONS) {
      metrics.remove('tokenvault_client_secret_configured', { client, suffix, position });
    }
    for (const outcome of ['accepted', 'rejected']) {
      metrics.remove('tokenvault_client_secret_total', { client, suffix, outcome });
    }
    const labels = { client, suffix };
    metrics.remove('tokenvault_client_secret_last_accepted_timestamp_seconds', labels);
  }

  #secretsOf(client: string): Map<string, ReadonlySet<string>> {
    const known = this.#shown.get(client) ?? new Map<string, ReadonlySet<string>>();
    this.#shown.set(client, known);
    return known;
  }

  #setConfigured(labels: { client: string; suffix: string; position: string }, value: 0 | 1): void {
    this.#deps.metrics.set('tokenvault_client_secret_configured', value, labels);
  }

  #setLastAccepted(client: string, suffix: string, atMs: number): void {
    const name = 'tokenvault_client_secret_last_accepted_timestamp_seconds';
    this.#deps.metrics.set(name, atMs / 1_000, { client, suffix });
  }
}
