import type { Clock } from '../../domain/clock.ts';
import type { Random } from '../../domain/random.ts';
import type { LoginFault, LoginFaultKind } from './login-fault.ts';
import type { LoginMethod } from './login-method.ts';
import { loginWaitMs } from './login-wait.ts';
import { Refusals } from './refusals.ts';

export interface FailedLogin {
  readonly fault: LoginFault;
  /** When the next with the same credentials is due; monotonic, milliseconds. */
  readonly until: number;
}

/** The logins that failed since the last that did not. */
export class LoginFailures {
  readonly #clock: Clock;
  readonly #random: Random;
  #last: FailedLogin | undefined;
  /** Vault counts refusals whatever lies between. */
  readonly #attempts = new Map<LoginFaultKind, number>();
  readonly #refusals = new Refusals();

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Undefined where nothing waits for another login. */
  get last(): FailedLogin | undefined {
    return this.#last;
  }

  add(fault: LoginFault, { locksOut }: LoginMethod): FailedLogin {
    const { kind } = fault;
    const attempts = (this.#attempts.get(kind) ?? 0) + 1;
    this.#attempts.set(kind, attempts);
    const now = this.#clock.monotonic();
    if (kind === 'refused') this.#refusals.add(now);
    const until = now + loginWaitMs({ kind, attempts, locksOut }, this.#random);
    this.#last = { fault, until };
    return this.#last;
  }

  /** Whether one more refusal could lock the role, whatever is shown. */
  mayLock({ locksOut }: LoginMethod): boolean {
    return locksOut && this.#clock.monotonic() < this.#refusals.safeAt;
  }

  /** What is wrong, and until when nothing at all is tried, where that is so. */
  problemWith({ message }: LoginFault, method: LoginMethod): string {
    if (!this.mayLock(method)) return message;
    const left = this.#refusals.safeAt - this.#clock.monotonic();
    const until = new Date(this.#clock.now() + left).toISOString();
    return `${message} It is the third in a row, and at the fifth Vault locks the role for everybody: nothing is tried before ${until}, not even a new secret.`;
  }

  /** Nothing waits any more; refusals still count. */
  forgetLast(): void {
    this.#last = undefined;
  }

  /** One succeeded. */
  clear(): void {
    this.#last = undefined;
    this.#attempts.clear();
    this.#refusals.clear();
  }
}
