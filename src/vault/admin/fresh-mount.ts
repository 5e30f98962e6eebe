import { type Clock, sleep } from '../../domain/clock.ts';
import type { VaultReply } from '../vault-client.ts';
import { isUpgrading } from './mount-state.ts';
import { Refusal } from './refusal.ts';

/** A standby of OpenBao took up to 3 s. */
const READY_WITHIN_MS = 30_000;
const POLL_MS = 100;

/**
 * Repeats a request while a fresh KV v2 mount says that it is not ready for any.
 * @throws Refusal when it is not ready in time
 */
export async function whenReady(
  clock: Clock,
  send: () => Promise<VaultReply>,
): Promise<VaultReply> {
  const deadline = clock.monotonic() + READY_WITHIN_MS;
  for (;;) {
    const reply = await send();
    if (!isUpgrading(reply)) return reply;
    if (clock.monotonic() >= deadline) {
      throw new Refusal('Vault did not make the new mount ready within 30 s: run this again.');
    }
    await sleep(clock, POLL_MS);
  }
}
