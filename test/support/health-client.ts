import { Client } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import type { CertificatePair } from '../../src/dev/certificates.ts';
import {
  answerOf,
  channelCredentials,
  DIAL_BY_ADDRESS,
  type RunningGrpcServer,
} from './running-grpc-server.ts';

/** Asks `grpc.health.v1.Health`, as a load balancer does. */
export class HealthClient {
  readonly #client: Client;

  constructor(
    { address, authority }: Pick<RunningGrpcServer, 'address' | 'authority'>,
    pair: CertificatePair | undefined,
  ) {
    this.#client = new Client(address, channelCredentials(authority.cert, pair), DIAL_BY_ADDRESS);
  }

  /** What the service says of `name`; an error is its status code. */
  async check(name: string): Promise<unknown> {
    const { path, requestSerialize, responseDeserialize } = methodOf('Check');
    const answer = await answerOf<object | undefined>((done) =>
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { service: name },
        done,
      ),
    );
    return 'reply' in answer ? statusIn(answer.reply) : answer.error.code;
  }

  /** Opens a watch; resolves with what it has seen, which goes on growing, after the first answer. */
  watch(name: string): Promise<readonly unknown[]> {
    const { path, requestSerialize, responseDeserialize } = methodOf('Watch');
    const seen: unknown[] = [];
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { service: name },
    );
    return new Promise((resolve) => {
      stream.on('data', (message) => {
        seen.push(statusIn(message));
        resolve(seen);
      });
      stream.on('error', () => seen.push('ended'));
    });
  }

  close(): void {
    this.#client.close();
  }
}

function methodOf(name: string) {
  const method = service[name];
  if (method === undefined) throw new Error(`The health service has no ${name}.`);
  return method;
}

function statusIn(message: object | undefined): unknown {
  return Reflect.get(message ?? {}, 'status');
}
