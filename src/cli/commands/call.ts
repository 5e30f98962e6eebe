import type { Command } from 'commander';
import { duration } from '../../config/duration.ts';
import { CALL_METHODS } from '../call-methods.ts';
import { asCaller } from '../caller-connection.ts';
import type { CliContext } from '../cli-context.ts';
import { flagValue } from '../flag-value.ts';
import { UsageError } from '../usage-error.ts';

interface CallFlags {
  readonly timeout: string;
  readonly requestId?: string;
}

/** The service itself takes no more. */
const TIMEOUT = duration('1ms', '60s');

/** `tokenvault call METHOD JSON`: one call with a client certificate; the reply is JSON on stdout. */
export function addCallCommand(program: Command, context: CliContext): void {
  program
    .command('call <method> <json>')
    .description('call TokenVault once; the request is proto JSON, or - to read it from stdin')
    .option('--timeout <duration>', 'give up after this', '10s')
    .option('--request-id <id>', 'names the call in the service’s log')
    .action((method: string, json: string, flags: CallFlags) =>
      runCall(context, flags, { method, json }),
    );
}

async function runCall(
  context: CliContext,
  flags: CallFlags,
  { method, json }: { readonly method: string; readonly json: string },
): Promise<void> {
  const prepare = Object.hasOwn(CALL_METHODS, method) ? CALL_METHODS[method] : undefined;
  if (prepare === undefined) {
    throw new UsageError(
      `There is no method ${JSON.stringify(method)}: use ${Object.keys(CALL_METHODS).join(', ')}.`,
    );
  }
  const call = prepare(parseJson(json === '-' ? await context.readStdin() : json));
  const timeoutMs = flagValue('--timeout', flags.timeout, TIMEOUT);
  const { requestId } = flags;
  await asCaller(context, async (connection) => {
    const reply = await call(connection, {
      timeoutMs,
      ...(requestId === undefined ? {} : { requestId }),
    });
    context.print(JSON.stringify(reply, null, 2));
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a code.
    throw new UsageError('The request is not JSON: quote it as \'{"userId": "…"}\'.');
  }
}
