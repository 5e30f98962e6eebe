import type { History, OperationOf } from '../history.ts';
import { type Checker, doneOf, endOf, factsOf, named, operationsOf } from './checker.ts';

type Asking = OperationOf<'exchange'> | OperationOf<'get'>;

/**
 * Claims: whatever ops put into Vault, a replica goes on with the secret that worked. Left out: replicas
 * that had none when a wrong one was there, and clients whose older secrets Google was made to forget.
 */
export const wrongSecretFailsNoCall: Checker = {
  name: 'I19 a wrong secret fails no call',
  broken(history) {
    const asked: readonly Asking[] = [
      ...operationsOf(history, 'exchange'),
      ...operationsOf(history, 'get'),
    ];
    return asked
      .filter(({ answer }) => answer?.kind === 'failed' && isOfClient(answer.reason))
      .filter((operation) => whoMayHaveAsked(history, operation).every(hadOneThatWorks(history)))
      .map((operation) => `${named(operation)} was refused for a secret that need not be used`);
  },
};

function isOfClient(reason: string): boolean {
  return reason === 'PROVIDER_CLIENT_REJECTED';
}

/** An exchange may be answered with what another replica was told for the same code. */
function whoMayHaveAsked(history: History, operation: Asking): readonly Asking[] {
  const { call } = operation;
  if (call.kind === 'get') return [operation];
  return operationsOf(history, 'exchange').filter((other) => other.call.code === call.code);
}

function hadOneThatWorks(history: History): (asking: Asking) => boolean {
  const done = [...doneOf(history, 'exchange'), ...doneOf(history, 'get')];
  return ({ call, replica, ended }) => {
    const troubles = factsOf(history, 'secret-trouble').filter(
      ({ oauthClient, order }) => oauthClient === call.oauthClient && order < endOf({ ended }),
    );
    if (troubles.some(({ what }) => what === 'dropped')) return false;
    const firstWrong = troubles[0]?.order ?? Number.POSITIVE_INFINITY;
    return done.some(
      (each) =>
        each.replica === replica &&
        each.call.oauthClient === call.oauthClient &&
        each.ended.order < firstWrong,
    );
  };
}
