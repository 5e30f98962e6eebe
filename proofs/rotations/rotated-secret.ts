/** What a process says in its log when it has looked at a new value. */
export interface Sign {
  readonly event: string;
  /** What else the line must have. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** One secret that TokenVault lives on, replaced by its owner as the documentation has it. */
export interface RotatedSecret {
  readonly name: string;
  /** Of the processes that are to take each value, by their names. Default: every replica. */
  readonly processes?: readonly string[];
  readonly taken: Sign;
  /** Comes with an alert. */
  readonly refused: Sign;
  /** Puts the next good value in place. */
  rotate(): Promise<void>;
  /** Once the new one is in use: ends the one before it, where its owner would. */
  retire?(): Promise<void>;
  /** Puts a wrong value in its place, another kind of wrong each turn. */
  spoil(turn: number): Promise<void>;
}
