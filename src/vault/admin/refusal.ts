import type { VaultClient, VaultReply } from '../vault-client.ts';

export type RefusalKind =
  /** Vault answered 403: the policy does not allow it, or the token is dead. */
  | 'denied'
  /** What the operator typed, or the file that it names, makes no sense; Vault was not asked. */
  | 'input'
  | 'other';

/**
 * Why an operator's command did not do what it was asked. The message is one sentence for the
 * operator, in our own words: it never holds a secret or Vault's text.
 */
export class Refusal extends Error {
  readonly kind: RefusalKind;

  constructor(message: string, kind: RefusalKind = 'other') {
    super(message);
    this.name = 'Refusal';
    this.kind = kind;
  }
}

/**
 * What a refusal really means: Vault answers a dead token and a policy that denies alike, so the
 * token asks about itself.
 * @returns `error`, or a clearer Refusal in its place
 */
export async function explainDenial(client: VaultClient, error: unknown): Promise<unknown> {
  if (!(error instanceof Refusal) || error.kind !== 'denied') return error;
  const { status } = await client.read('auth/token/lookup-self');
  if (status !== 403) return error;
  return new Refusal(
    'Vault does not accept the token: set BAO_TOKEN or VAULT_TOKEN to a valid one that also has the `default` policy, or log in with `vault login`.',
  );
}

/** What an unexpected answer of Vault means for somebody who wanted to `act`, such as "make the mount a/". */
export function unexpectedReply(reply: VaultReply, act: string): Refusal {
  if (reply.status === 403) {
    return new Refusal(
      `Vault does not allow this token to ${act}: use a token that may.`,
      'denied',
    );
  }
  return new Refusal(
    `Vault answers ${reply.status} to the request to ${act}: check it with \`vault status\`.`,
  );
}
