import { status } from '@grpc/grpc-js';
import type { CallContext } from '../domain/caller.ts';
import { Failure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { TokenBatch } from '../service/token-vault.ts';
import { STATUS_OF } from './status.ts';

/** Of those that users' failures have, so many different ones are in a line. */
const DETAILS = 5;

export interface BatchRecordsDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

type Who = Pick<CallContext, 'caller' | 'requestId'> & { readonly traceId?: string | undefined };

/** Counts the users of batches, and says in one line for each batch why some of them got no token. */
export class BatchRecords {
  readonly #deps: BatchRecordsDeps;
  readonly #countToken: () => void;

  constructor(deps: BatchRecordsDeps) {
    this.#deps = deps;
    this.#countToken = deps.metrics.counter('tokenvault_batch_results_total', {
      code: status[status.OK],
      reason: '',
    });
  }

  answered({ results }: TokenBatch, who: Who): void {
    const failures: Failure[] = [];
    for (const result of results) {
      if (result instanceof Failure) failures.push(result);
      else this.#countToken();
    }
    if (failures.length === 0) return;
    for (const { reason } of failures) {
      const labels = { code: status[STATUS_OF[reason]], reason };
      this.#deps.metrics.count('tokenvault_batch_results_total', labels);
    }
    const { caller, requestId, traceId } = who;
    this.#deps.logger.info('batch_users_failed', {
      users: results.length,
      reasons: countsOf(failures),
      details: detailsOf(failures),
      caller: caller.id,
      requestId,
      traceId,
    });
  }
}

/** Such as `NOT_READY 3, USER_REVOKED 1`. */
function countsOf(failures: readonly Failure[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of failures) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ');
}

function detailsOf(failures: readonly Failure[]): string | undefined {
  const details = new Set(failures.flatMap(({ detail }) => (detail === undefined ? [] : [detail])));
  return details.size === 0 ? undefined : [...details].slice(0, DETAILS).join('; ');
}
