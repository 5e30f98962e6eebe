/** Takes down what happens, for a reader. Undefined in a run that nobody reads. */
export type Tell = ((who: string, what: string) => void) | undefined;
