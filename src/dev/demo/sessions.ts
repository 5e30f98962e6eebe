import { randomBytes } from 'node:crypto';

const COOKIE = '__Host-session';
/** The oldest go first. */
const MAX_SESSIONS = 1_000;

/** Who is signed in to the company's app, each by a cookie that no script can read. */
export class Sessions {
  readonly #users = new Map<string, string>();

  /** @returns the value of `Set-Cookie` */
  begin(user: string): string {
    const [oldest] = this.#users.keys();
    if (this.#users.size >= MAX_SESSIONS && oldest !== undefined) this.#users.delete(oldest);
    const id = randomBytes(16).toString('base64url');
    this.#users.set(id, user);
    return `${COOKIE}=${id}; Path=/; Secure; HttpOnly; SameSite=Strict`;
  }

  /** Whose session it is, by the header `Cookie`. */
  userOf(cookies: string | undefined): string | undefined {
    const pairs = (cookies ?? '').split('; ').map((pair) => pair.split('=', 2));
    const [, id = ''] = pairs.find(([name]) => name === COOKIE) ?? [];
    return this.#users.get(id);
  }
}
