import type { Reason } from '../../src/domain/reasons.ts';
import type { ProviderRevocation, UserState } from '../../src/domain/user-record.ts';

/**
 * What was asked of the replicas, what they answered, and what Google and Vault know to be true: all
 * that a checker sees. The simulator writes one, and so may anything that drives real processes.
 */

/** A place in the one order of all events. Two instants never share an `order`. */
export interface Instant {
  readonly order: number;
  /** Milliseconds on the recorder's own clock, which never goes back. */
  readonly time: number;
}

export interface ExchangeCall {
  readonly kind: 'exchange';
  readonly code: string;
  /** Whose code it is. */
  readonly user: string;
  readonly oauthClient: string;
  /** Two calls with one code are honest repeats exactly if this is the same. */
  readonly request: string;
  /** Whom the caller says that it is, where it does. */
  readonly expectedUser?: string;
  /** The caller's own name for the user, where it gives one. */
  readonly name?: string;
  /** Whether it asks for the name also where another account has it. */
  readonly rebind?: boolean;
}

export interface GetCall {
  readonly kind: 'get';
  readonly user: string;
  readonly oauthClient: string;
  /** Canonical. */
  readonly scopes: readonly string[];
  readonly minTtlMs: number;
  /** The token that Google is said to have refused. */
  readonly rejected?: string;
}

export interface RevokeCall {
  readonly kind: 'revoke';
  readonly user: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly grantedBefore?: number;
}

export interface GetUserCall {
  readonly kind: 'get-user';
  readonly user: string;
}

/** GetUser by a name that callers have. */
export interface LookUpCall {
  readonly kind: 'look-up';
  readonly name: string;
  /** Whose it is by right; others may have taken it. */
  readonly user: string;
}

export type Call = ExchangeCall | GetCall | RevokeCall | GetUserCall | LookUpCall;

/** What each kind of call is answered when all is well. */
export interface Answers {
  readonly exchange: {
    readonly user: string;
    readonly scopes: readonly string[];
    readonly kept: boolean;
  };
  readonly get: { readonly token: string; readonly scopes: readonly string[] };
  readonly revoke: { readonly providerRevocation: ProviderRevocation };
  readonly 'get-user': {
    readonly state: UserState;
    /** OAuth clients with at least one grant. */
    readonly oauthClients: readonly string[];
  };
  readonly 'look-up': { readonly user: string };
}

export type Answer<Kind extends Call['kind']> =
  | ({ readonly kind: 'ok' } & Answers[Kind])
  | { readonly kind: 'failed'; readonly reason: Reason };

export interface OperationOf<Kind extends Call['kind']> {
  readonly id: number;
  /** The process that was asked; one that was started again has another name. */
  readonly replica: string;
  readonly call: Extract<Call, { readonly kind: Kind }>;
  readonly begun: Instant;
  /** Undefined where no answer came: see `lost`. */
  ended?: Instant;
  answer?: Answer<Kind>;
  /** The replica died, or the connection did: no answer can come any more. */
  lost?: boolean;
}

export type Operation =
  | OperationOf<'exchange'>
  | OperationOf<'get'>
  | OperationOf<'revoke'>
  | OperationOf<'get-user'>
  | OperationOf<'look-up'>;

/** One version of a user's record, as far as checkers need it. */
export interface StoredUser {
  readonly version: number;
  readonly generation: number;
  readonly state: UserState;
  /** That callers have for the user. */
  readonly name?: string | undefined;
  readonly consentedAt?: number;
  readonly providerRevocation?: ProviderRevocation;
  readonly toRevoke: readonly string[];
  readonly grants: readonly StoredGrant[];
}

export interface StoredGrant {
  readonly oauthClient: string;
  readonly refreshToken: string;
  readonly scopes: readonly string[];
  readonly state: 'live' | 'dead';
}

/** Something that a party other than the callers knows to have happened. */
export type FactBody =
  /** A replica wrote the code to a connection to Google. */
  | { readonly kind: 'code-sent'; readonly code: string; readonly secret: string }
  /** Google refused the code's client or its secret. */
  | { readonly kind: 'client-refused'; readonly code: string; readonly secret: string }
  /** Ops put a secret into Vault that Google never knew, or had Google forget an older one. */
  | {
      readonly kind: 'secret-trouble';
      readonly oauthClient: string;
      readonly what: 'mistyped' | 'dropped';
    }
  /** Google took the code and gave tokens. The code also names the consent. */
  | {
      readonly kind: 'consent';
      readonly code: string;
      readonly user: string;
      readonly oauthClient: string;
      readonly scopes: readonly string[];
    }
  | {
      readonly kind: 'refresh-token';
      readonly token: string;
      readonly consent: string;
      /** The one that it took the place of. */
      readonly replaces?: string;
    }
  | {
      readonly kind: 'access-token';
      readonly token: string;
      readonly user: string;
      readonly oauthClient: string;
      readonly scopes: readonly string[];
      readonly consent: string;
      readonly lifeMs: number;
      /** The new refresh token that came with it. */
      readonly refreshToken?: string;
    }
  /** Google's answer with these tokens reached the replica that asked. */
  | { readonly kind: 'delivered'; readonly replica: string; readonly accessToken: string }
  /** A refresh token works no more. */
  | {
      readonly kind: 'refresh-token-ended';
      readonly token: string;
      /** `revoked`: by a request of ours; `left`: by the user, at Google. */
      readonly why: 'revoked' | 'left' | 'rotated' | 'expired';
    }
  /** Google was asked to revoke this refresh token, and did what there was to do. */
  | { readonly kind: 'revoked-at-google'; readonly token: string }
  /** The user ended the grant at Google. */
  | { readonly kind: 'user-left'; readonly user: string }
  | {
      readonly kind: 'refresh-begun';
      readonly request: number;
      readonly replica: string;
      readonly user: string;
      readonly oauthClient: string;
    }
  | { readonly kind: 'refresh-over'; readonly request: number }
  /** Vault committed a version of the user's record. */
  | { readonly kind: 'stored'; readonly user: string; readonly record: StoredUser }
  /** Vault committed an entry of the revocation log: the one at this position names the user. */
  | { readonly kind: 'named'; readonly user: string; readonly position: number }
  /** The replica knows the log from `from` up to `to` as of now. */
  | {
      readonly kind: 'view-moved';
      readonly replica: string;
      readonly from: number;
      readonly to: number;
    }
  /** From `since` until now the replica had a request at Vault that failed, or stood for a second. */
  | { readonly kind: 'cut-off'; readonly replica: string; readonly since: number }
  /** A node that was deposed while it stood still has answered as if it were active. */
  | { readonly kind: 'deposed-answer' }
  /**
   * The replica's clocks did not say the truth: its wall clock was moved, or differs by seconds from
   * others from the start, or its machine slept.
   */
  | {
      readonly kind: 'clock-moved';
      readonly replica: string;
      readonly how: 'wall' | 'differs' | 'slept';
    }
  | { readonly kind: 'crashed'; readonly replica: string };

export type Fact = Instant & FactBody;
export type FactOf<Kind extends FactBody['kind']> = Extract<Fact, { readonly kind: Kind }>;

/** What is left when all faults are mended and nothing moves any more. */
export interface Rest {
  /** By user. */
  readonly users: ReadonlyMap<string, StoredUser>;
  /** Revocations that are not finished: `user-generation`. */
  readonly markers: readonly string[];
  /** The order of events at this moment. */
  readonly order: number;
}

export interface HistorySettings {
  readonly mode: 'available' | 'strict';
}

/** The recorder. Whoever drives the replicas calls it at the very moment at which something happens. */
export class History {
  readonly settings: HistorySettings;
  readonly operations: Operation[] = [];
  readonly facts: Fact[] = [];
  rest: Rest | undefined;
  readonly #byKind = new Map<FactBody['kind'], Fact[]>();
  readonly #time: () => number;
  #order = 0;

  constructor(settings: HistorySettings, time: () => number) {
    this.settings = settings;
    this.#time = time;
  }

  begin<Kind extends Call['kind']>(
    replica: string,
    call: Extract<Call, { readonly kind: Kind }>,
  ): OperationOf<Kind> {
    const id = this.operations.length + 1;
    const operation: OperationOf<Kind> = { id, replica, call, begun: this.now() };
    // One of the five by its call; TypeScript sees only the kind that is left open.
    this.operations.push(operation as unknown as Operation);
    return operation;
  }

  end<Kind extends Call['kind']>(operation: OperationOf<Kind>, answer: Answer<Kind>): void {
    operation.ended = this.now();
    operation.answer = answer;
  }

  fact(fact: FactBody): Fact {
    const known: Fact = { ...this.now(), ...fact };
    this.facts.push(known);
    const alike = this.#byKind.get(fact.kind);
    if (alike === undefined) this.#byKind.set(fact.kind, [known]);
    else alike.push(known);
    return known;
  }

  /** The facts of one kind, in the order of events. */
  factsOf<Kind extends FactBody['kind']>(kind: Kind): readonly FactOf<Kind>[] {
    // Each list holds the one kind that it is for.
    return (this.#byKind.get(kind) ?? []) as unknown as readonly FactOf<Kind>[];
  }

  finish(rest: Omit<Rest, 'order'>): void {
    this.rest = { ...rest, order: this.now().order };
  }

  now(): Instant {
    this.#order += 1;
    return { order: this.#order, time: this.#time() };
  }
}
