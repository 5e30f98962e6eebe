import { createHash } from 'node:crypto';
import type { StandInRequest } from './http.ts';

/** One request, without its secrets. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly grant_type?: string;
  readonly client_id?: string;
  readonly scope?: string;
  /** SHA-256, hex, of the code, refresh token or access token that the request carried. */
  readonly credential_sha256?: string;
}

const PLAIN_FIELDS = ['grant_type', 'client_id', 'scope'] as const;
const CREDENTIAL_FIELDS = ['code', 'refresh_token', 'token', 'access_token'] as const;

/** The oldest go first. */
const MAX_ENTRIES = 100_000;

/** Every request except the administration's, in order of arrival; faulty ones count too. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  record(request: StandInRequest): void {
    if (this.#entries.length >= MAX_ENTRIES) this.#entries.splice(0, MAX_ENTRIES / 10);
    this.#entries.push(logged(request));
  }

  /** Requests whose path begins with `path` and that have all of these fields. */
  list(path = '', fields: Partial<LoggedRequest> = {}): readonly LoggedRequest[] {
    const wanted = Object.entries(fields);
    return this.#entries.filter(
      (entry) =>
        entry.path.startsWith(path) &&
        wanted.every(([name, value]) => Reflect.get(entry, name) === value),
    );
  }

  count(path = '', fields: Partial<LoggedRequest> = {}): number {
    return this.list(path, fields).length;
  }

  clear(): void {
    this.#entries = [];
  }
}

function logged({ method, path, form, query, bearer }: StandInRequest): LoggedRequest {
  const field = (name: string) => form.get(name) ?? query.get(name) ?? undefined;
  const credential = CREDENTIAL_FIELDS.map(field).find((value) => value !== undefined) ?? bearer;
  const plain = PLAIN_FIELDS.map((name) => [name, field(name)] as const);
  return {
    method,
    path,
    ...Object.fromEntries(plain.filter(([, value]) => value !== undefined)),
    ...(credential === undefined
      ? {}
      : { credential_sha256: createHash('sha256').update(credential).digest('hex') }),
  };
}
