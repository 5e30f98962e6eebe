import type { LogFields } from './logger.ts';
import { stackFrames } from './stack-frames.ts';

/** What may be logged of an error that nobody foresaw: its name and where it was thrown. */
export function unexpectedErrorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  return { error: error.name, stack: stackFrames(error).join('\n') };
}
