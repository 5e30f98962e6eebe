import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import type { VaultClient } from '../vault-client.ts';
import { unexpectedReply } from './refusal.ts';

const tokenReply = z.object({ auth: z.object({ client_token: z.string().min(1) }) });

/**
 * Makes a token with one policy that lives as long as it is renewed within `periodMs`: for
 * development and tests, where the service does not log in.
 * @throws Refusal; VaultFault when Vault cannot be reached
 */
export async function createServiceToken(
  client: VaultClient,
  options: { readonly policy: string; readonly periodMs: number },
): Promise<Secret> {
  const reply = await client.write('auth/token/create-orphan', {
    policies: [options.policy],
    period: `${Math.ceil(options.periodMs / 1000)}s`,
    display_name: options.policy,
  });
  const parsed = tokenReply.safeParse(reply.body);
  if (parsed.success) return new Secret(parsed.data.auth.client_token);
  throw unexpectedReply(reply, 'create a token for the service');
}
