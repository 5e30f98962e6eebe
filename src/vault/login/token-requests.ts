import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import type { VaultReply } from '../vault-client.ts';
import { VaultFault } from '../vault-fault.ts';
import { LoginFault } from './login-fault.ts';
import type { AskVault, Granted } from './login-method.ts';

const seconds = z.number().int().nonnegative();
const authReply = z.object({
  auth: z.object({
    client_token: z.string().min(1),
    lease_duration: seconds,
    renewable: z.boolean(),
  }),
});
const lookupReply = z.object({ data: z.object({ ttl: seconds }) });

/** One login: where, what with, and what is wrong where Vault refuses it. */
export interface LoginRequest {
  readonly mount: string;
  readonly body: object;
  /** From after "Vault refuses the login …:" on. */
  readonly refused: string;
}

/** @throws LoginFault */
export async function sendLogin(
  ask: AskVault,
  { mount, body, refused }: LoginRequest,
): Promise<Granted> {
  const path = `auth/${mount}/login`;
  const reply = await answered(ask(undefined, (client) => client.write(path, body)));
  if (reply.status === 200) return grantedBy(reply);
  if (isPassing(reply)) throw unavailable(`Vault answers ${reply.status} to the login at ${path}.`);
  // Vault denies what is not there, so a missing auth method looks like wrong credentials.
  throw new LoginFault(
    'refused',
    `Vault refuses the login at ${path} (${reply.status}): ${refused}`,
  );
}

/**
 * Renews `token` and gives its new lease.
 * @throws LoginFault `refused` where it is dead or may not be renewed
 */
export async function renewSelf(ask: AskVault, token: Secret): Promise<Granted> {
  const reply = await answered(ask(token, (client) => client.write('auth/token/renew-self', {})));
  if (reply.status === 200) return grantedBy(reply);
  if (isPassing(reply)) throw unavailable(`Vault answers ${reply.status} to a renewal.`);
  throw new LoginFault('refused', `Vault does not renew the token (${reply.status}).`);
}

/**
 * Takes over a token that somebody else has made: its lease is what its first renewal says. One that
 * cannot be renewed is left alone.
 * @throws LoginFault
 */
export async function adopt(ask: AskVault, token: Secret): Promise<Granted> {
  try {
    return { ...(await renewSelf(ask, token)), token };
  } catch (error) {
    if (!(error instanceof LoginFault) || error.kind !== 'refused') throw error;
  }
  const reply = await answered(ask(token, (client) => client.read('auth/token/lookup-self')));
  if (reply.status === 403) {
    throw new LoginFault(
      'refused',
      'Vault does not accept the token: give the service a valid one that also has the `default` policy.',
    );
  }
  const found = lookupReply.safeParse(reply.body);
  if (reply.status !== 200 || !found.success) {
    throw unavailable(`Vault answers ${reply.status} to the question about the token.`);
  }
  return { token, leaseMs: leaseMs(found.data.data.ttl), renewable: false };
}

/** Ends `token`; that it fails is no harm, because a token ends by itself. */
export async function revokeSelf(ask: AskVault, token: Secret): Promise<void> {
  try {
    await ask(token, (client) => client.write('auth/token/revoke-self', {}));
  } catch (error) {
    if (!(error instanceof VaultFault)) throw error;
  }
}

/** The reply, or a fault that says that there was none. @throws LoginFault */
export async function answered(asked: Promise<VaultReply>): Promise<VaultReply> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof VaultFault) throw unavailable(error.message);
    throw error;
  }
}

/** A refusal is a 4xx; what else is no answer may be one a moment later. */
export function isPassing({ status }: VaultReply): boolean {
  return status === 412 || status === 429 || status < 400 || status >= 500;
}

export function unavailable(problem: string): LoginFault {
  return new LoginFault('unavailable', problem);
}

function grantedBy(reply: VaultReply): Granted {
  const parsed = authReply.safeParse(reply.body);
  if (!parsed.success) throw unavailable('Vault’s answer to a login cannot be read.');
  const { client_token, lease_duration, renewable } = parsed.data.auth;
  return { token: new Secret(client_token), leaseMs: leaseMs(lease_duration), renewable };
}

/** Vault says 0 of a token that does not end. */
function leaseMs(lease: number): number {
  return lease === 0 ? Infinity : lease * 1_000;
}
