/**
 * The fields of `clients/<alias>`, as ops keep them: those that TokenVault knows are strings. Two of
 * them are secrets and others may be, so they are held where nothing prints them.
 */
export class ClientFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>> = {}) {
    this.#fields = fields;
  }

  /** In the order of Vault. */
  get names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  /** The value of a field, empty where there is none and where it is no string. */
  get(name: string): string {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : '';
  }

  /** The same fields with `changes` over them. */
  with(changes: Readonly<Record<string, string>>): ClientFields {
    return new ClientFields({ ...this.#fields, ...changes });
  }

  equals(other: ClientFields): boolean {
    const names = new Set([...this.names, ...other.names]);
    return [...names].every((name) => (this.#fields[name] ?? '') === (other.#fields[name] ?? ''));
  }

  /** All of them in the clear. Call this only where they go into Vault, or are checked. */
  reveal(): Readonly<Record<string, unknown>> {
    return this.#fields;
  }
}
