import type { History } from '../history.ts';
import type { Checker } from './checker.ts';
import { wrongSecretFailsNoCall } from './client-secrets.ts';
import { codeIsSentOnce, repeatsAgree } from './codes.ts';
import { linearizable } from './linearizable.ts';
import {
  everyOperationEnds,
  lateCommitsLand,
  nothingUnexpected,
  oneRefreshAtATime,
  startsOverOnce,
} from './liveness.ts';
import {
  nameLeadsToItsAccount,
  nameStaysUnlessAsked,
  refusedMeansNothingStored,
  refusedOnlyForAHolder,
} from './names.ts';
import {
  generationNeverGoesBack,
  nothingIsLost,
  noUserDeadWithoutCause,
  rotatedTokenIsStoredFirst,
} from './records.ts';
import {
  lateTokenIsRevoked,
  noEndedTokenIsStored,
  noTokenAfterRevoke,
  refusedOnlyByARevoke,
  revokeConverges,
  revokedMeansSent,
  revokeIsFinal,
} from './revocation.ts';
import { noExpiredToken, ownTokensOnly, rejectedTokenIsReplaced } from './tokens.ts';

export const CHECKERS: readonly Checker[] = [
  nothingIsLost,
  generationNeverGoesBack,
  rotatedTokenIsStoredFirst,
  noTokenAfterRevoke,
  revokeIsFinal,
  revokedMeansSent,
  noEndedTokenIsStored,
  lateTokenIsRevoked,
  refusedOnlyByARevoke,
  revokeConverges,
  lateCommitsLand,
  oneRefreshAtATime,
  startsOverOnce,
  codeIsSentOnce,
  repeatsAgree,
  noExpiredToken,
  rejectedTokenIsReplaced,
  ownTokensOnly,
  noUserDeadWithoutCause,
  wrongSecretFailsNoCall,
  nameLeadsToItsAccount,
  nameStaysUnlessAsked,
  refusedMeansNothingStored,
  refusedOnlyForAHolder,
  everyOperationEnds,
  nothingUnexpected,
  linearizable,
];

export interface Violation {
  /** Of the checker that found it. */
  readonly checker: string;
  /** One sentence. */
  readonly what: string;
}

/** Every broken promise in a history. */
export function violationsOf(history: History): readonly Violation[] {
  return CHECKERS.flatMap(({ name, broken }) =>
    broken(history).map((what) => ({ checker: name, what })),
  );
}
