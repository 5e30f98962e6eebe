/** Randomness, passed in so that a simulated run can be repeated from its seed. */
export interface Random {
  /** A fresh identifier of 128 random bits, as 32 hex digits. */
  id(): string;
  /** A number from 0 (included) to 1 (excluded), for jitter. */
  unit(): number;
}
