/**
 * Where an error was thrown, innermost frame first, for the log. Its message is left out, because it
 * may quote a secret; where the message was changed after the throw there are no frames.
 */
export function stackFrames({ stack = '', message }: Error): readonly string[] {
  const start = stack.indexOf(message);
  // Where the message ends in the stack is not known.
  if (start < 0) return [];
  const lines = stack.slice(start + message.length).split('\n');
  return lines.filter((line) => line.startsWith('    at ')).map((line) => line.trim());
}
