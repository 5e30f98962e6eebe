import type { FactOf, History, OperationOf } from '../history.ts';
import { type Checker, endOf, factsOf, named, operationsOf } from './checker.ts';
import { GoogleFacts } from './google-facts.ts';
import { UserVersions } from './user-versions.ts';

/**
 * Claims: a look-up gives only an account whose record carried the name at some moment while it ran.
 * Where an account surely had the name all the while, it gives that one. It gives nobody only where none
 * carried it all the while that could not have lost it: exchanges at once may both be answered OK, but
 * once one of them gives the name up the other one has it.
 */
export const nameLeadsToItsAccount: Checker = {
  name: 'I21 a name leads to its account',
  broken(history) {
    const names = new Names(history);
    if (!names.known) return [];
    return operationsOf(history, 'look-up').flatMap((lookUp) => {
      const { answer, call, begun } = lookUp;
      const found = answer?.kind === 'ok' ? answer.user : undefined;
      if (answer === undefined || names.mayBeOld(begun.order, endOf(lookUp))) return [];
      if (found === undefined && !(answer.kind === 'failed' && answer.reason === NOBODY)) return [];
      const span = { from: begun.order, to: endOf(lookUp) };
      const what = `${named(lookUp)} of ${call.name} gave ${found ?? 'nobody'}`;
      if (found !== undefined && !names.carried(found, call.name, span)) {
        return [`${what}, whose record does not carry it`];
      }
      const holder =
        found === undefined
          ? names.carrierDuring(call.name, span)
          : names.holderDuring(call.name, span);
      if (holder === undefined || holder === found) return [];
      return [`${what}, and ${holder} had it all the while`];
    });
  },
};

/**
 * Claims: an exchange that does not ask for a re-binding is not answered OK with a name that another,
 * connected account surely had from before it began until its answer. Of exchanges that are under way
 * at once any may get the name: where others for it were, nobody surely has it.
 */
export const nameStaysUnlessAsked: Checker = {
  name: 'I21 a name is re-bound only when asked',
  broken(history) {
    const names = new Names(history);
    return names.requests.flatMap((request) => {
      const { name, rebind, user, from, ok } = request;
      if (rebind || ok === undefined || names.mayBeOld(from, ok)) return [];
      const holder = names.holderDuring(name, { from, to: ok, except: request });
      if (holder === undefined || holder === user) return [];
      return [`${request.code} took ${name} from ${holder} for ${user}, and nobody had asked`];
    });
  },
};

/** Claims: after USER_MISMATCH nothing of the consent is stored, and Google is not asked to end it. */
export const refusedMeansNothingStored: Checker = {
  name: 'I21 a mismatch stores and revokes nothing',
  broken(history) {
    const google = new GoogleFacts(history);
    const revoked = new Set(factsOf(history, 'revoked-at-google').map(({ token }) => token));
    const stored = new Set(
      factsOf(history, 'stored').flatMap(({ record }) => [
        ...record.toRevoke,
        ...record.grants.map(({ refreshToken }) => refreshToken),
      ]),
    );
    return operationsOf(history, 'exchange').flatMap((exchange) => {
      if (reasonOf(exchange) !== 'USER_MISMATCH') return [];
      const line = google.lineOf(exchange.call.code);
      return line
        .filter((token) => stored.has(token) || revoked.has(token))
        .map((token) => `${named(exchange)} was a mismatch, and ${token} was kept or revoked`);
    });
  },
};

/** Claims: USER_MISMATCH for a name is said only while a connected account of another user carries it. */
export const refusedOnlyForAHolder: Checker = {
  name: 'I21 a name is refused only where it is taken',
  broken(history) {
    const names = new Names(history);
    if (!names.known) return [];
    return operationsOf(history, 'exchange').flatMap((exchange) => {
      const { expectedUser, user, name } = exchange.call;
      if (reasonOf(exchange) !== 'USER_MISMATCH') return [];
      if (expectedUser !== undefined && expectedUser !== user) return [];
      const request = names.requestOf(exchange);
      const span = { from: request?.from ?? 0, to: endOf(exchange) };
      if (names.mayBeOld(span.from, span.to)) return [];
      if (name !== undefined && names.othersWith(name, user, span).length > 0) return [];
      return [`${named(exchange)} was refused ${name}, which no other user had`];
    });
  },
};

const NOBODY = 'USER_NOT_CONNECTED';
/** After these a request is over: no repeat of it stores anything any more. */
const FINAL: ReadonlySet<string> = new Set([
  'USER_MISMATCH',
  'USER_REVOKED',
  'REVOCATION_IN_PROGRESS',
  'REFRESH_TOKEN_MISSING',
  'CODE_REJECTED',
]);

function reasonOf({ answer }: OperationOf<'exchange'>): string | undefined {
  return answer?.kind === 'failed' ? answer.reason : undefined;
}

/** A stretch in the order of events. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** All calls that brought one code with the same fields, a name among them. */
interface NamedRequest {
  readonly code: string;
  readonly user: string;
  readonly name: string;
  readonly rebind: boolean;
  /** The first call's begin. */
  readonly from: number;
  /** The first OK. */
  readonly ok: number | undefined;
  /** The first answer after which nothing of it moves. */
  readonly over: number;
}

/** Who had which name when, as far as histories tell. */
class Names {
  readonly requests: readonly NamedRequest[];
  readonly #versions: UserVersions;
  readonly #deposed: readonly FactOf<'deposed-answer'>[];

  constructor(history: History) {
    this.#versions = new UserVersions(history);
    this.#deposed = factsOf(history, 'deposed-answer');
    const calls = operationsOf(history, 'exchange').filter(({ call }) => call.name !== undefined);
    const groups = Map.groupBy(calls, ({ call }) => `${call.code} ${call.request}`);
    this.requests = [...groups.values()].flatMap(requestOf);
  }

  get known(): boolean {
    return this.#versions.known;
  }

  /** Whether a deposed node answered meanwhile as if it were active: then old values were told. */
  mayBeOld(from: number, to: number): boolean {
    return this.#deposed.some(({ order }) => order > from && order < to);
  }

  requestOf({ call }: OperationOf<'exchange'>): NamedRequest | undefined {
    return this.requests.find(({ code, name }) => code === call.code && name === call.name);
  }

  carried(user: string, name: string, { from, to }: Span): boolean {
    return this.#versions.during(user, from, to).some(({ record }) => record.name === name);
  }

  /** Other users whose record carried the name, and was active, at some moment. */
  othersWith(name: string, user: string, { from, to }: Span): readonly string[] {
    return this.#versions
      .users()
      .filter((other) => other !== user)
      .filter((other) =>
        this.#versions
          .during(other, from, to)
          .some(({ record }) => record.name === name && record.state === 'active'),
      );
  }

  /**
   * The account that had the name all the while: an exchange had bound it, its record said so at every
   * moment, and no other exchange for the name was under way since that one began, save `except`.
   */
  holderDuring(name: string, span: Span & { readonly except?: NamedRequest }): string | undefined {
    const { to, except } = span;
    return this.#boundDuring(name, span, (request) =>
      this.#isUndisturbed(request, { from: request.from, to, except }),
    );
  }

  /**
   * An account that carried the name all the while, and was never taken it from: all other exchanges
   * for the name began before it was bound, and none of them asked for a re-binding.
   */
  carrierDuring(name: string, span: Span): string | undefined {
    return this.#boundDuring(name, span, (request) => {
      const mayStay = ({ from, over, rebind }: NamedRequest) =>
        over < request.from || from > span.to || (!rebind && from < (request.ok ?? 0));
      return this.#othersFor(request).every(mayStay);
    });
  }

  /** An account that an exchange had bound, and whose record said so at every moment since. */
  #boundDuring(
    name: string,
    { from, to, except }: Span & { readonly except?: NamedRequest },
    isSure: (request: NamedRequest) => boolean,
  ): string | undefined {
    const binding = this.requests.findLast((request) => {
      if (request.name !== name || request === except) return false;
      if (request.ok === undefined || request.ok >= from) return false;
      return (
        isSure(request) &&
        this.#versions
          .during(request.user, request.ok, to)
          .every(({ record }) => record.name === name && record.state === 'active')
      );
    });
    return binding?.user;
  }

  #isUndisturbed(
    request: NamedRequest,
    { from, to, except }: Span & { readonly except: NamedRequest | undefined },
  ): boolean {
    return this.#othersFor(request)
      .filter((other) => other !== except)
      .every((other) => other.over < from || other.from > to);
  }

  #othersFor({ name, user }: NamedRequest): readonly NamedRequest[] {
    return this.requests.filter((other) => other.name === name && other.user !== user);
  }
}

function requestOf(calls: readonly OperationOf<'exchange'>[]): readonly NamedRequest[] {
  const [first] = calls;
  if (first === undefined) return [];
  const { code, user, name = '', rebind = false } = first.call;
  const ends = calls.filter(({ answer }) => answer?.kind === 'ok').map(endOf);
  const refusals = calls.filter((call) => FINAL.has(reasonOf(call) ?? '')).map(endOf);
  const from = Math.min(...calls.map(({ begun }) => begun.order));
  const ok = ends.length === 0 ? undefined : Math.min(...ends);
  return [{ code, user, name, rebind, from, ok, over: Math.min(...ends, ...refusals) }];
}
