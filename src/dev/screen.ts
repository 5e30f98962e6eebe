import type { DevStack } from './dev-stack.ts';
import { DRIVE_APPDATA } from './product-scopes.ts';
import type { StoryUser, Teller } from './story.ts';

/** One plays the story and is revoked in it; the other stays connected for the reader to try. */
export const DEV_USERS: Readonly<Record<'story' | 'stays', StoryUser>> = {
  story: { sub: '108000000000000000001', name: 'Example User', externalUserId: 'user-42' },
  stays: { sub: '108000000000000000002', name: 'Workspace User', externalUserId: 'user-43' },
};

/** Readable lines on a terminal. */
export class Screen implements Teller {
  readonly print: (text: string) => void;
  #steps = 0;

  constructor(print: (text: string) => void) {
    this.print = print;
  }

  title(text: string): void {
    this.print(`\n${text}\n`);
  }

  step(title: string): void {
    this.#steps += 1;
    this.print(`${this.#steps}. ${title}`);
  }

  line(text: string): void {
    this.print(`   ${text}`);
  }

  end(): void {
    this.print('\nThe story went as told.');
  }
}

/** What the reader may try next; nothing else needs to be installed for it. */
export function invitation(stack: DevStack, user: StoryUser): string {
  const call = (rpc: string, request: object) =>
    `  npm run -s tokenvault -- call ${rpc} '${JSON.stringify(request)}'`;
  const { sub: userId } = user;
  return `
Everything stays up. The same in a browser, step by step, with what goes over the wire:

  https://localhost:${stack.gatewayPort}/

The browser will warn you: it does not know the certificate, which was made on this machine. Go on from there ("Advanced", then "Proceed" or "Accept the risk"); its authority is ${stack.certificates.caFile}.

${user.name} (${userId}) is connected; in another terminal, try:

${call('GetAccessToken', { userId, scopes: [DRIVE_APPDATA] })}
${call('GetUser', { userId })}
${call('RevokeUser', { userId, reason: 'trying it out' })}
  npm run -s tokenvault -- users list

How they are, and what they have counted (/livez, /readyz, /metrics):
  TokenVault  http://127.0.0.1:${stack.opsPorts.tokenVault}/readyz
  Gateway     http://127.0.0.1:${stack.opsPorts.gateway}/readyz

Everything that it needs, looked at one by one, and what to do where something is wrong:
  npm run -s tokenvault -- doctor --config ${stack.configFile}

Who got which token, in a chain that no line can be taken out of; this checks it (and says that TokenVault still runs):
  npm run -s tokenvault -- audit verify --key-file ${stack.vault.auditKeyFile} ${stack.auditFile}

Logs: ${stack.logFile}
Ctrl-C stops everything. OpenBao keeps its data; the Google stand-in forgets all users and tokens.`;
}
