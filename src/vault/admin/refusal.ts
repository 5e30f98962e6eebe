import type { VaultReply } from '../vault-client.ts';

/**
 * Why an operator's command did not do what it was asked. The message is one sentence for the
 * operator, in our own words: it never holds a secret or Vault's text.
 */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refusal';
  }
}

/** What an unexpected answer of Vault means for somebody who wanted to `act`, such as "make the mount a/". */
export function unexpectedReply(reply: VaultReply, act: string): Refusal {
  if (reply.status === 403) {
    return new Refusal(`Vault does not allow this token to ${act}: use a token that may.`);
  }
  return new Refusal(
    `Vault answers ${reply.status} to the request to ${act}: check it with \`vault status\`.`,
  );
}
