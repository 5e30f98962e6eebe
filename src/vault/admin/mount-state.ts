import { z } from 'zod';
import type { VaultClient, VaultReply } from '../vault-client.ts';
import { verdictOf } from '../vault-errors.ts';

/** What answers under the name of a mount. */
export type MountState =
  | {
      readonly kind: 'kv2';
      readonly casRequired: boolean;
      /** 0 stands for Vault's default, 10. */
      readonly maxVersions: number;
      /** Whether records would vanish by age. */
      readonly expires: boolean;
    }
  /** No mount, or one of an engine that knows no such path. */
  | { readonly kind: 'missing' }
  /** KV v1, or another engine. */
  | { readonly kind: 'not-kv2' }
  /** A fresh KV v2 mount that does not answer yet. */
  | { readonly kind: 'upgrading' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'unavailable'; readonly status: number };

const configReply = z.object({
  data: z.object({
    cas_required: z.boolean(),
    max_versions: z.number().int(),
    delete_version_after: z.string().optional(),
  }),
});

/**
 * Reads a mount's KV v2 configuration: the one question that a least-privilege token can ask and that
 * also tells KV v1, which has no such path.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-kv-engine-configuration
 */
export async function readMountState(client: VaultClient, mount: string): Promise<MountState> {
  const reply = await client.read(`${mount}/config`);
  switch (verdictOf(reply)) {
    case 'ok':
      return stateOf(reply.body);
    case 'denied':
      return { kind: 'denied' };
    case 'misconfigured':
      return { kind: 'missing' };
    case 'unavailable':
    case 'unclear':
      return isUpgrading(reply)
        ? { kind: 'upgrading' }
        : { kind: 'unavailable', status: reply.status };
    default:
      // KV v1 takes `config` for the name of a record; other engines refuse it.
      return { kind: 'not-kv2' };
  }
}

function stateOf(body: unknown): MountState {
  const parsed = configReply.safeParse(body);
  if (!parsed.success) return { kind: 'not-kv2' };
  const { cas_required, max_versions, delete_version_after } = parsed.data.data;
  const expires = /[1-9]/.test(delete_version_after ?? '');
  return { kind: 'kv2', casRequired: cas_required, maxVersions: max_versions, expires };
}

/** A fresh KV v2 mount refuses everything with 400 for up to some seconds, on Vault and OpenBao. */
export function isUpgrading(reply: VaultReply): boolean {
  return reply.status === 400 && verdictOf(reply) === 'unavailable';
}
