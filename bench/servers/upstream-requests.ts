import type { Answer } from './child.ts';

const SERIES = /^tokenvault_upstream_seconds_(sum|count)\{target="(\w+)".*\} (\S+)$/gm;

/** Requests to Google and Vault so far and the seconds that they took, from the service's metrics. */
export function upstreamRequests(metrics: string): Answer {
  const answer = { googleCount: 0, googleSum: 0, vaultCount: 0, vaultSum: 0 };
  for (const [, kind, target, value] of metrics.matchAll(SERIES)) {
    const vault = target === 'vault';
    if (kind === 'count') answer[vault ? 'vaultCount' : 'googleCount'] += Number(value);
    else answer[vault ? 'vaultSum' : 'googleSum'] += Number(value);
  }
  return answer;
}
