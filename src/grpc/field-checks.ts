import { Failure, type FieldViolation } from '../domain/failure.ts';

/** What a text may hold; `must` completes "The field must …". */
export interface TextRule {
  readonly pattern: RegExp;
  readonly must: string;
}

/** So many fit into the trailers of every client: some take 8 KiB, all details and headers included. */
const MOST_TOLD = 20;

/** Gathers what is wrong with a request, so that the caller learns all of it at once. */
export class FieldChecks {
  readonly #violations: FieldViolation[] = [];

  /** Notes that `field` (its path in the proto message) breaks its rule, unless it `holds`. */
  check(field: string, holds: boolean, must: string): void {
    if (!holds) this.#violations.push({ field, description: `The field must ${must}.` });
  }

  /** A text that has to follow its rule. */
  required(field: string, value: string, rule: TextRule): string {
    this.check(field, rule.pattern.test(value), rule.must);
    return value;
  }

  /** A text that may be empty, which is undefined, and else has to follow its rule. */
  optional(field: string, value: string, rule: TextRule): string | undefined {
    return value === '' ? undefined : this.required(field, value, rule);
  }

  /** @throws Failure FIELD_INVALID with the violations that were noted; of very many the first, and how many more */
  finish(): void {
    if (this.#violations.length === 0) return;
    const violations = this.#violations.slice(0, MOST_TOLD);
    const more = this.#violations.length - violations.length;
    if (more > 0) violations.push({ field: '', description: `And ${more} more.` });
    throw new Failure('FIELD_INVALID', { violations });
  }
}
