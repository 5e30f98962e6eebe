import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import { LoginFault } from './login-fault.ts';
import type { AskVault } from './login-method.ts';
import { answered, isPassing, unavailable } from './token-requests.ts';

const lookupReply = z.object({ data: z.object({ creation_path: z.string() }) });
const secretIdReply = z.object({ data: z.object({ secret_id: z.string().min(1) }) });

/** Whose secret id it has to be. */
export interface WrappedFor {
  readonly mount: string;
  readonly role: string;
}

export interface Unwrapped {
  readonly secretId: Secret;
  /** Why it is the one of before. */
  readonly problem?: string | undefined;
}

/**
 * A secret id that came in a wrapping token, which opens once. Where it was opened before, somebody
 * else may have the secret id; where it was made elsewhere, somebody wants us to use theirs.
 * @see https://openbao.org/docs/concepts/response-wrapping/
 */
export class WrappedSecretId {
  readonly #path: string;
  readonly #ask: AskVault;
  #opened: { readonly wrapping: Secret; readonly secretId: Secret } | undefined;

  constructor({ mount, role }: WrappedFor, ask: AskVault) {
    this.#path = `auth/${mount}/role/${role}/secret-id`;
    this.#ask = ask;
  }

  /**
   * The secret id in `wrapping`, also when it was opened here before. Where it does not open, the one
   * that was opened last is still good.
   * @throws LoginFault
   */
  async unwrap(wrapping: Secret): Promise<Unwrapped> {
    if (this.#opened?.wrapping.equals(wrapping)) return this.#opened;
    try {
      await this.#checkOrigin(wrapping);
      const secretId = await this.#open(wrapping);
      this.#opened = { wrapping, secretId };
      return this.#opened;
    } catch (error) {
      const opensNever = error instanceof LoginFault && error.kind === 'no_credentials';
      if (!opensNever || this.#opened === undefined) throw error;
      return { secretId: this.#opened.secretId, problem: error.message };
    }
  }

  async #checkOrigin(wrapping: Secret): Promise<void> {
    const token = wrapping.reveal();
    const asked = this.#ask(undefined, (client) => client.write('sys/wrapping/lookup', { token }));
    const reply = await answered(asked);
    if (isPassing(reply) && reply.status !== 200) throw noAnswer(reply.status);
    const parsed = lookupReply.safeParse(reply.body);
    if (reply.status !== 200 || !parsed.success) throw intercepted();
    if (parsed.data.data.creation_path === this.#path) return;
    throw new LoginFault(
      'no_credentials',
      `The wrapping token was not made at ${this.#path}: somebody may want the service to use a secret id of theirs. Find out who put it there, and put a new one there.`,
    );
  }

  /** The wrapping token goes into the header alone: in the body too, it would be used up twice. */
  async #open(wrapping: Secret): Promise<Secret> {
    const asked = this.#ask(wrapping, (client) => client.write('sys/wrapping/unwrap', {}));
    const reply = await answered(asked);
    const parsed = secretIdReply.safeParse(reply.body);
    if (reply.status === 200 && parsed.success) return new Secret(parsed.data.data.secret_id);
    throw isPassing(reply) && reply.status !== 200 ? noAnswer(reply.status) : intercepted();
  }
}

function noAnswer(status: number): LoginFault {
  return unavailable(`Vault answers ${status} to the wrapping token.`);
}

function intercepted(): LoginFault {
  return new LoginFault(
    'no_credentials',
    'The wrapping token does not open: it has expired, or somebody opened it before and may have the secret id. Destroy that secret id by its accessor if nobody of yours opened it, and put a new wrapping token there.',
  );
}
