import type { AuditSubject, Decision } from '../domain/audit.ts';
import type { Caller } from '../domain/caller.ts';
import type { AuditKeys } from './audit-keys.ts';

/** Whether users stand in the lines by their keyed hash or as they are. */
export type UsersShown = 'hashed' | 'clear';

/**
 * The fields of a decision as they stand in its line, each after a comma. What is the same from call
 * to call is made once.
 */
export class DecisionText {
  readonly #keys: AuditKeys;
  readonly #users: UsersShown;
  readonly #ofCaller = new WeakMap<Caller, string>();

  constructor(keys: AuditKeys, users: UsersShown) {
    this.#keys = keys;
    this.#users = users;
  }

  of({ method, caller, requestId, code, failure, subject }: Decision): string {
    const who = caller === undefined ? '' : this.#callerText(caller);
    // Names of ours and request ids, which are checked, need no escaping.
    const call = `,"event":"decision","method":"${method}"${who},"requestId":"${requestId}","code":"${code}"`;
    return failure === undefined ? call + subject : call + failureText(failure) + subject;
  }

  ofSubject(subject: AuditSubject): string {
    const { oauthClient, scopes, generation, accessToken } = subject;
    const user = this.#shown(subject.userId);
    const externalUser = this.#shown(subject.externalUserId);
    const rebound = subject.rebound === true ? true : undefined;
    const token = accessToken && this.#keys.tokenFingerprint(accessToken);
    return fieldsText({ user, externalUser, rebound, oauthClient, scopes, generation, token });
  }

  #shown(id: string | undefined): string | undefined {
    return id && (this.#users === 'clear' ? id : this.#keys.userHash(id));
  }

  #callerText(caller: Caller): string {
    let text = this.#ofCaller.get(caller);
    if (text === undefined) {
      text = fieldsText({ caller: caller.id, proof: caller.proof });
      this.#ofCaller.set(caller, text);
    }
    return text;
  }
}

function failureText({ reason, metadata }: NonNullable<Decision['failure']>): string {
  return fieldsText({ reason, deniedBy: metadata.deniedBy });
}

/** Fields as they follow others in a JSON object; ASCII alone, so that a character is a byte. */
export function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  const inner = JSON.stringify(fields).slice(1, -1);
  return inner === '' ? '' : `,${inner.replace(NOT_ASCII, escaped)}`;
}

const NOT_ASCII = /[\u007f-\uffff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
