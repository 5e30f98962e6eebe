import type { World } from '../../bench/world.ts';
import type { FaultyProxy } from '../../test/support/faulty-proxy.ts';
import type { Crowd } from './crowd.ts';
import type { GoogleGauge } from './google-gauge.ts';

/** What every scene of overload plays in. */
export interface Stage {
  readonly world: World;
  readonly crowd: Crowd;
  /** Between the service and Google. */
  readonly googleProxy: FaultyProxy;
  readonly gauge: GoogleGauge;
  readonly logFile: string;
  readonly print: (line: string) => void;
}

/** What one scene showed. */
export interface SceneVerdict {
  readonly held: boolean;
  /** Part of a sentence, with its figures. */
  readonly figures: string;
}

/** Settings that lead a service through the proxy. */
export function throughProxy({ googleProxy }: Stage): Readonly<Record<string, string>> {
  const { url } = googleProxy;
  return {
    'google.token_url': `${url}/token`,
    'google.revoke_url': `${url}/revoke`,
    'google.certs_url': `${url}/oauth2/v1/certs`,
  };
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
