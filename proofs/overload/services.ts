import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { DRIVE } from '../../bench/load/call.ts';
import type { World } from '../../bench/world.ts';
import { channelOptions } from '../../src/client/channel-options.ts';
import { decodeCallFailure } from '../../src/client/decode-call-failure.ts';
import { GetAccessTokenRequest, type GetAccessTokenResponse } from '../../src/client/messages.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { TokenVaultClient } from '../../src/gen/tokenvault/v1/token_vault.ts';

/** As many calls as a connection carries at once. */
const CALLS_PER_CONNECTION = 100;

/** gRPC's own retries, which wait as long as the trailer `grpc-retry-pushback-ms` says. */
const RETRIES = {
  methodConfig: [
    {
      name: [{ service: 'tokenvault.v1.TokenVault' }],
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: '1s',
        maxBackoff: '30s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};
const WITH_RETRIES = { 'grpc.service_config': JSON.stringify(RETRIES) };
const WITHOUT_RETRIES = { 'grpc.enable_retries': 0 };

export interface ServicesOptions {
  readonly world: World;
  readonly port: number;
  /** Calls at a time: there are as many connections as they need. */
  readonly atOnce: number;
  readonly retries: boolean;
  /** Each call's deadline. */
  readonly timeoutMs: number;
}

/** Internal services that want tokens for their users. */
export class Services {
  readonly #clients: readonly TokenVaultClient[];
  readonly #timeoutMs: number;
  #calls = 0;

  constructor({ world, port, atOnce, retries, timeoutMs }: ServicesOptions) {
    const { caFile, clients } = world.certificates;
    const { certFile, keyFile } = clients['drive-worker'];
    const read = (file: string) => readFileSync(file);
    const identity = credentials.createSsl(read(caFile), read(keyFile), read(certFile));
    const address = `localhost:${port}`;
    const options = {
      ...channelOptions({ address }),
      ...(retries ? WITH_RETRIES : WITHOUT_RETRIES),
      // Else all of them would share one connection.
      'grpc.use_local_subchannel_pool': 1,
    };
    const connections = Math.ceil(atOnce / CALLS_PER_CONNECTION);
    this.#clients = Array.from(
      { length: connections },
      () => new TokenVaultClient(address, identity, options),
    );
    this.#timeoutMs = timeoutMs;
  }

  /** One call. @throws TokenVaultError */
  get(userId: string): Promise<GetAccessTokenResponse> {
    const client = this.#clients[this.#calls % this.#clients.length];
    if (client === undefined) throw new Error('There is no connection.');
    this.#calls += 1;
    const request = GetAccessTokenRequest.fromPartial({ userId, scopes: [DRIVE] });
    const terms = { deadline: Date.now() + this.#timeoutMs };
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, reply: GetAccessTokenResponse) =>
        error === null ? resolve(reply) : reject(decodeCallFailure(error));
      client.getAccessToken(request, new Metadata(), terms, done);
    });
  }

  /** Calls until there is a token, each time when it was told to; gives the failures on the way. */
  async insist(userId: string): Promise<readonly TokenVaultError[]> {
    const failures: TokenVaultError[] = [];
    for (;;) {
      try {
        await this.get(userId);
        return failures;
      } catch (error) {
        if (!(error instanceof TokenVaultError)) throw error;
        failures.push(error);
        await wait(error.retryAfterMs ?? 1_000);
      }
    }
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

/** How often each reason came, the most frequent first. */
export function reasonsOf(failures: readonly TokenVaultError[]): string {
  const counts = new Map<string, number>();
  for (const { reason, code } of failures) {
    counts.set(reason ?? code, (counts.get(reason ?? code) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return sorted.map(([reason, times]) => `${reason} ${times}`).join(', ') || 'none';
}
