import { parseArgs } from 'node:util';
import { checkRuntime } from '../../config/runtime-check.ts';

const DEFAULT_PORT = 4800;
const CLIENT_ID = 'demo.apps.googleusercontent.com';
const CLIENT_SECRET = 'GOCSPX-demo';
const REDIRECT_URI = 'http://127.0.0.1:8080/callback';

const USAGE = `npm run dev:google -- [--port ${DEFAULT_PORT}] [--client-id ID] [--client-secret SECRET]... [--redirect-uri URI]...`;

interface Arguments {
  readonly port: number;
  readonly clientId: string;
  readonly clientSecrets: string[];
  readonly redirectUris: string[];
}

process.exitCode = await main();

async function main(): Promise<number> {
  const problem = checkRuntime(process.versions, import.meta.filename);
  if (problem !== undefined) return fail(problem);
  const wanted = readArguments();
  if (typeof wanted === 'string') return fail(`${wanted}\n${USAGE}`);
  // Loaded only now: on an older Node it would fail before the sentence above.
  const { startGoogleStandIn } = await import('./stand-in.ts');
  try {
    const { port, ...client } = wanted;
    const standIn = await startGoogleStandIn({ port, clients: [client] });
    process.stdout.write(await welcome(standIn.url, wanted));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void standIn.stop());
    }
    return 0;
  } catch (error) {
    if (!isBusyPort(error)) throw error;
    return fail(
      `Port ${wanted.port} is taken by another process: stop it, or name another one with "npm run dev:google -- --port 4801".`,
    );
  }
}

/** The arguments, or a sentence about what is wrong with them. */
function readArguments(): Arguments | string {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        'client-id': { type: 'string', default: CLIENT_ID },
        'client-secret': { type: 'string', multiple: true, default: [CLIENT_SECRET] },
        'redirect-uri': { type: 'string', multiple: true, default: [REDIRECT_URI] },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      return `${values.port} is not a port number.`;
    }
    return {
      port,
      clientId: values['client-id'],
      clientSecrets: values['client-secret'],
      redirectUris: values['redirect-uri'],
    };
  } catch (error) {
    return error instanceof Error ? error.message : 'The arguments could not be read.';
  }
}

async function welcome(url: string, { clientId, clientSecrets }: Arguments): Promise<string> {
  const { ADMIN_ACTIONS } = await import('./admin.ts');
  return `A Google of your own is at ${url} (docs/dev-google.md says what it can do).

  client     ${clientId}
  secret     ${clientSecrets.join(', ')}
  endpoints  /o/oauth2/v2/auth /token /revoke /tokeninfo /oauth2/v3/userinfo
             /oauth2/v1/certs /oauth2/v3/certs /drive/v3/files

Its own controls:
  ${ADMIN_ACTIONS.join('\n  ')}

Mint a code as a phone would get it, and exchange it:
  curl -s ${url}/__admin/code -d '{"clientId":"${clientId}"}'
  curl -s ${url}/token -d grant_type=authorization_code -d client_id=${clientId} \\
    -d client_secret=${clientSecrets[0]} -d redirect_uri= --data-urlencode code=THE_CODE

Ctrl-C stops it; it keeps nothing.
`;
}

function isBusyPort(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function fail(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return 1;
}
