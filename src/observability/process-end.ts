import type { Logger } from '../domain/logger.ts';
import { unexpectedErrorFields } from '../domain/unexpected-error.ts';
import { type StopSignalOptions, stopSignal } from './stop-signal.ts';

/** A defect may throw without end; the first lines say all that there is to know. */
const LOGGED_ERRORS = 10;

/** A server met an error that nobody caught, and has ended for it as orderly as it could. */
export class EndedByError extends Error {
  constructor() {
    super('Ended because of an error that nobody caught.');
    this.name = 'EndedByError';
  }
}

/** Why a server has to end. */
export type ProcessEnd =
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'uncaught_error' };

export interface ProcessEndOptions extends StopSignalOptions {
  readonly logger: Logger;
}

/**
 * Resolves when the process has to end: with its first signal, or the first error that nobody
 * caught. From now on such an error no longer ends the process by itself, which would lose what is
 * under way and print the error's text; its log line has the kind and the place alone.
 */
export function processEnd(options: ProcessEndOptions): Promise<ProcessEnd> {
  const stopped = stopSignal(options).then((signal): ProcessEnd => ({ kind: 'signal', signal }));
  return Promise.race([stopped, uncaughtError(options)]);
}

function uncaughtError({ signals, logger }: ProcessEndOptions): Promise<ProcessEnd> {
  let seen = 0;
  return new Promise((resolve) => {
    for (const origin of ['uncaughtException', 'unhandledRejection']) {
      signals.on(origin, (error: unknown) => {
        seen += 1;
        if (seen > LOGGED_ERRORS) return;
        logger.error('uncaught_error', { origin, ...unexpectedErrorFields(error) });
        resolve({ kind: 'uncaught_error' });
      });
    }
  });
}
