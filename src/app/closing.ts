import type { Clock } from '../domain/clock.ts';
import type { LostConsents } from '../domain/lost-consents.ts';
import type { GrpcServer } from '../grpc/server.ts';
import type { Replica } from '../service/create-token-vault.ts';

/** What a service has opened and must let go of. */
export interface Closing {
  /** Undefined until there is one. */
  replica?: Replica;
  /** Closed in any order. */
  readonly adapters: { close(): Promise<void> }[];
}

interface Stopping {
  readonly server: GrpcServer;
  readonly closing: Closing;
  readonly clock: Clock;
}

/** Stops what serves first. One grace for both, because who stops the process has one. */
export async function stop(
  { server, closing, clock }: Stopping,
  graceMs: number,
): Promise<LostConsents> {
  const end = clock.monotonic() + graceMs;
  await server.stop(graceMs);
  return close(closing, Math.max(0, end - clock.monotonic()));
}

export async function close(
  { replica, adapters }: Closing,
  graceMs: number,
): Promise<LostConsents> {
  const lost = (await replica?.stop(graceMs)) ?? { tokens: 0, exchanges: 0 };
  await Promise.all(adapters.map((adapter) => adapter.close()));
  return lost;
}
