import { fileURLToPath } from 'node:url';
import type {
  handleBidiStreamingCall,
  Server,
  ServerDuplexStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProto } from 'grpc-health-check';
import { Failure } from '../domain/failure.ts';
import type { Random } from '../domain/random.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import type { CallerIdentities } from './callers/caller-identities.ts';
import { statusOf } from './status.ts';

/** Streams at a time, of all callers together. */
export const REFLECTION_STREAMS = 16;
/** Questions on one stream; a tool asks a handful. An answer has some 20 KB, which may pile up. */
export const REFLECTION_QUESTIONS = 64;

const CONTRACTS = [
  'tokenvault/v1/token_vault.proto',
  'tokenvault/admin/v1/token_vault_admin.proto',
];
const PROTO = fileURLToPath(new URL('../../proto/', import.meta.url));

type Stream = ServerDuplexStream<unknown, unknown>;

export interface ReflectionDeps {
  readonly random: Random;
  readonly identities: CallerIdentities;
}

/**
 * Lets tools such as grpcurl ask `server` for its services and messages: `grpc.reflection.v1` and
 * `v1alpha`, once they have said who they are. Deadlines and sizes hold as for every call.
 */
export function addReflection(server: Server, deps: ReflectionDeps): void {
  const definition = {
    ...loadSync(CONTRACTS, { includeDirs: [PROTO], keepCase: true }),
    ...loadSync(healthProto, { keepCase: true }),
  };
  const bounds = new Bounds(deps);
  new ReflectionService(definition).addToServer({
    addService: (service, handlers) => server.addService(service, bounds.around(handlers)),
  });
}

/** The package bounds neither how many ask nor how much: its answers would wait in our memory. */
class Bounds {
  readonly #deps: ReflectionDeps;
  readonly #open = new Set<Stream>();

  constructor(deps: ReflectionDeps) {
    this.#deps = deps;
  }

  around(handlers: UntypedServiceImplementation): UntypedServiceImplementation {
    const bounded = Object.entries(handlers).map(([name, handler]) => {
      // Reflection has one method, of this kind.
      const serve = handler as handleBidiStreamingCall<unknown, unknown>;
      return [name, (stream: Stream) => void this.#serve(stream, serve)];
    });
    return Object.fromEntries(bounded);
  }

  async #serve(stream: Stream, serve: handleBidiStreamingCall<unknown, unknown>): Promise<void> {
    if (this.#open.size >= REFLECTION_STREAMS) {
      this.#end(stream, new Failure('NOT_READY'));
      return;
    }
    this.#open.add(stream);
    for (const over of ['cancelled', 'finish', 'close']) {
      stream.once(over, () => this.#open.delete(stream));
    }
    if (!(await this.#isKnown(stream))) return;
    serve(stream);
    let questions = 0;
    stream.on('data', () => {
      questions += 1;
      if (questions < REFLECTION_QUESTIONS) return;
      stream.removeAllListeners('data');
      this.#end(stream, new Failure('CALLER_RATE_LIMITED'));
    });
  }

  /** Whether the caller is somebody; ends the stream otherwise. */
  async #isKnown(stream: Stream): Promise<boolean> {
    try {
      await this.#deps.identities.of(stream);
      return this.#open.has(stream);
    } catch (error) {
      this.#end(stream, error instanceof Failure ? error : new Failure('INTERNAL'));
      return false;
    }
  }

  #end(stream: Stream, failure: Failure): void {
    const requestId = requestIdFrom(stream.metadata.get('x-request-id')[0], this.#deps.random);
    stream.emit('error', statusOf(failure, requestId));
  }
}
