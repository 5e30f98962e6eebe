/** How much is measured. Durations follow from these; nothing is timed out. */
export interface Sizes {
  /** Of the servers that are compared: two of one program differ for as long as they live. */
  readonly processes: number;
  readonly rounds: number;
  /** Calls of each server in each round. */
  readonly callsPerRound: number;
  readonly readsPerRound: number;
  /** Calls of each server before the first round, so that everything is compiled. */
  readonly warmUpCalls: number;
  readonly coldCalls: number;
  readonly crowd: number;
  /** How long Google takes while the crowd gathers, milliseconds. */
  readonly crowdGoogleMs: number;
  /** Users whose tokens are asked for one by one and in batches; a multiple of a batch. */
  readonly batchedUsers: number;
  readonly fewUsers: number;
  readonly manyUsers: number;
  readonly latencyRounds: number;
  readonly latencyCalls: number;
  readonly starts: number;
  readonly heldRounds: number;
  /** Of the client library, for tokens that it holds, in each round. */
  readonly heldCalls: number;
  /** Users beyond those whose tokens the client library holds, and users of one loop. */
  readonly clientUsers: number;
}

/** What the figures of the documentation are measured with. */
export const FULL: Sizes = {
  processes: 3,
  rounds: 40,
  callsPerRound: 2_000,
  readsPerRound: 750,
  warmUpCalls: 10_000,
  coldCalls: 60,
  crowd: 10_000,
  crowdGoogleMs: 3_000,
  batchedUsers: 1_000,
  fewUsers: 1_000,
  manyUsers: 100_000,
  latencyRounds: 20,
  latencyCalls: 1_000,
  starts: 7,
  heldRounds: 20,
  heldCalls: 100_000,
  clientUsers: 1_000_000,
};

/** Shows that everything runs; its figures mean nothing. */
export const QUICK: Sizes = {
  processes: 1,
  rounds: 2,
  callsPerRound: 100,
  readsPerRound: 100,
  warmUpCalls: 200,
  coldCalls: 3,
  crowd: 500,
  crowdGoogleMs: 500,
  batchedUsers: 200,
  fewUsers: 100,
  manyUsers: 1_100,
  latencyRounds: 2,
  latencyCalls: 100,
  starts: 1,
  heldRounds: 1,
  heldCalls: 1_000,
  clientUsers: 10_000,
};
