/**
 * The flat string fields of `clients/<alias>`, as ops keep them. Two of them are secrets and others
 * may be, so they are held where nothing prints them.
 */
export class ClientFields {
  readonly #fields: Readonly<Record<string, string>>;

  constructor(fields: Readonly<Record<string, string>> = {}) {
    this.#fields = fields;
  }

  /** In the order of Vault. */
  get names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  /** The value of a field, empty where there is none. */
  get(name: string): string {
    return this.#fields[name] ?? '';
  }

  /** The same fields with `changes` over them. */
  with(changes: Readonly<Record<string, string>>): ClientFields {
    return new ClientFields({ ...this.#fields, ...changes });
  }

  equals(other: ClientFields): boolean {
    const names = new Set([...this.names, ...other.names]);
    return [...names].every((name) => this.get(name) === other.get(name));
  }

  /** All of them in the clear. Call this only where they go into Vault. */
  reveal(): Readonly<Record<string, string>> {
    return this.#fields;
  }
}

/** The items of a list as ops may have typed it. */
export function splitList(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((item) => item !== '');
}
