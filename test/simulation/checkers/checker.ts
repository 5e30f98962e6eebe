import type {
  Answers,
  Call,
  FactBody,
  FactOf,
  History,
  Instant,
  Operation,
  OperationOf,
} from '../history.ts';

/** Looks for one kind of broken promise in a whole history. */
export interface Checker {
  /** The invariant's number and a few words. */
  readonly name: string;
  /** One sentence for each way in which the promise was broken. */
  readonly broken: (history: History) => readonly string[];
}

/** An operation that was answered OK. */
export interface Done<Kind extends Call['kind']> {
  readonly id: number;
  readonly replica: string;
  readonly call: OperationOf<Kind>['call'];
  readonly begun: Instant;
  readonly ended: Instant;
  readonly answer: Answers[Kind];
}

export function operationsOf<Kind extends Call['kind']>(
  history: History,
  kind: Kind,
): readonly OperationOf<Kind>[] {
  // TypeScript does not narrow the union through a property of `call`.
  const ofKind = ({ call }: Operation) => call.kind === kind;
  return history.operations.filter(ofKind) as unknown as readonly OperationOf<Kind>[];
}

/** The operations of one kind that were answered OK. */
export function doneOf<Kind extends Call['kind']>(
  history: History,
  kind: Kind,
): readonly Done<Kind>[] {
  return operationsOf(history, kind).flatMap(({ id, replica, call, begun, ended, answer }) =>
    ended !== undefined && answer?.kind === 'ok'
      ? [{ id, replica, call, begun, ended, answer }]
      : [],
  );
}

export function factsOf<Kind extends FactBody['kind']>(
  history: History,
  kind: Kind,
): readonly FactOf<Kind>[] {
  return history.factsOf(kind);
}

/** Whether somebody moved a wall clock, so that dates do not tell what came first. */
export function hasMovedClocks(history: History): boolean {
  return factsOf(history, 'clock-moved').some(({ how }) => how === 'wall');
}

/** When the operation was over, in the order of events; never, where no answer came. */
export function endOf({ ended }: { readonly ended?: Instant }): number {
  return ended?.order ?? Number.POSITIVE_INFINITY;
}

/** `#12 get at r1/1`, for messages. */
export function named(operation: {
  readonly id: number;
  readonly replica: string;
  readonly call: Call;
}): string {
  return `#${operation.id} ${operation.call.kind} at ${operation.replica}`;
}
