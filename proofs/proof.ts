/** What a proof is given. */
export interface ProofContext {
  /** Fresh and private; stays when the proof misses. */
  readonly directory: string;
  /** Where OpenBao is kept between runs. */
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** A short form, which shows that everything runs. */
  readonly quick: boolean;
  /** Takes one line of figures. */
  readonly print: (line: string) => void;
}

/** Whether what was claimed holds. */
export interface Verdict {
  readonly held: boolean;
  /** One sentence, with the figures that decide. */
  readonly sentence: string;
}

/** Something that is claimed of TokenVault and takes longer to show than a test may. */
export type Proof = (context: ProofContext) => Promise<Verdict>;
