import type { LineSink } from './pretty-lines.ts';

/** Keeps lines until the event loop's turn ends, or until it is told to let them go. */
export interface BatchedLines extends LineSink {
  flush(): void;
}

/**
 * Writes the lines of one turn of the event loop together: under load a write of its own for each
 * line would cost as much as the rest of a cached call.
 */
export function batchedLines(sink: LineSink): BatchedLines {
  let lines = '';
  const flush = () => {
    const all = lines;
    lines = '';
    if (all !== '') sink.write(all);
  };
  const write = (line: string) => {
    if (lines === '') setImmediate(flush);
    lines += line;
  };
  return { write, flush };
}
