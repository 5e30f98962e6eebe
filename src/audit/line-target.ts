/** How far an attempt to append came. */
export interface Appended {
  readonly bytes: number;
  /** The system's code, such as ENOSPC, where that was not all. */
  readonly problem?: string;
}

/** Where lines go: a file or standard output. */
export interface LineTarget {
  /**
   * Appends ASCII text, or as much of it as can be had. It never throws, and waits for a reader that
   * is slow a tenth of a second at most, and only where `patient`.
   */
  append(text: string, patient: boolean): Appended;
  /** Whether what is there ends within a line, as a process that was killed leaves it. */
  readonly endsMidLine: boolean;
  /**
   * Goes on in the file that has the name now.
   * @returns whether that is another one
   * @throws the system's error, and nothing is changed
   */
  reopen(): boolean;
  close(): void;
}
