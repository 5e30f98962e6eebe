import {
  Metadata,
  type ServerUnaryCall,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { parsePolicy } from '../../src/config/policy-file.ts';
import { NO_AUDIT } from '../../src/domain/audit.ts';
import type { Caller } from '../../src/domain/caller.ts';
import type { PolicyEntry } from '../../src/domain/policy-entry.ts';
import type { RpcName } from '../../src/domain/rpc-name.ts';
import * as admin from '../../src/gen/tokenvault/admin/v1/token_vault_admin.ts';
import * as wire from '../../src/gen/tokenvault/v1/token_vault.ts';
import { CallerAdmission } from '../../src/grpc/caller-admission.ts';
import { type CallerPolicy, createCallerPolicy } from '../../src/grpc/caller-policy.ts';
import { CallsInFlight } from '../../src/grpc/calls-in-flight.ts';
import { tokenVaultAdminHandlers } from '../../src/grpc/token-vault-admin-service.ts';
import { tokenVaultHandlers } from '../../src/grpc/token-vault-service.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import type { Replica } from '../../src/service/create-token-vault.ts';
import type { World } from './replica-fixture.ts';
import { statusDetails } from './status-details.ts';

/** What a call was answered. */
export interface Handled {
  readonly code: string;
  /** Empty where it went well. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryMs?: number;
  /** Undefined where it failed. */
  readonly reply?: Buffer;
  /** All that left: the reply or the trailers, and the status. */
  readonly sent: string;
}

type Handlers = ReturnType<typeof tokenVaultHandlers> & ReturnType<typeof tokenVaultAdminHandlers>;
type Headers = Readonly<Record<string, string>>;
type Answer = (error: Partial<StatusObject> | ServiceError | null, reply?: Buffer | null) => void;

type Fields = object;

const ENCODE: Readonly<Record<RpcName, (fields: Fields) => Buffer>> = {
  ExchangeCode: encoder(wire.ExchangeCodeRequest),
  GetAccessToken: encoder(wire.GetAccessTokenRequest),
  BatchGetAccessTokens: encoder(wire.BatchGetAccessTokensRequest),
  RevokeUser: encoder(wire.RevokeUserRequest),
  GetUser: encoder(wire.GetUserRequest),
  ListUsers: encoder(admin.ListUsersRequest),
  ImportGrant: encoder(admin.ImportGrantRequest),
};

interface RequestCodec<Message> {
  fromPartial(fields: Fields): Message;
  encode(message: Message): { finish(): Uint8Array };
}

function encoder<Message>(codec: RequestCodec<Message>): (fields: Fields) => Buffer {
  return (fields) => Buffer.from(codec.encode(codec.fromPartial(fields)).finish());
}

/** Calls through the gRPC handlers as the server has them, without a socket: who calls is said. */
export class HandledCalls {
  readonly #world: World;
  readonly #handlers: Handlers;
  #policy: CallerPolicy = createCallerPolicy([]);
  #entries: readonly PolicyEntry[] = [];
  #caller: Caller | undefined;

  constructor(world: World, replica: Replica, policy: string) {
    this.#world = world;
    this.use(policy);
    const inUse = { rightsOf: (caller: Caller) => this.#policy.rightsOf(caller) };
    const { clock, logger, metrics } = world;
    const deps = {
      clock,
      logger,
      metrics,
      random: { id: () => 'request', unit: () => 0.5 },
      audit: NO_AUDIT,
      tokenVault: replica.tokenVault,
      limits: DEFAULT_GRPC_LIMITS,
      calls: new CallsInFlight(DEFAULT_GRPC_LIMITS.callsInFlight),
      admission: new CallerAdmission(inUse, DEFAULT_GRPC_LIMITS, clock),
      identities: { of: () => this.#calling() },
    };
    this.#handlers = { ...tokenVaultHandlers(deps), ...tokenVaultAdminHandlers(deps) };
  }

  /** The policy of every call from now on, also of callers that are known. */
  use(policy: string): void {
    const parsed = parsePolicy(policy);
    if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
    this.#entries = parsed.policy.callers;
    this.#policy = createCallerPolicy(this.#entries);
  }

  get entries(): readonly PolicyEntry[] {
    return this.#entries;
  }

  /** Lets virtual time pass until the call is answered. */
  ask(caller: Caller, rpc: RpcName, fields: Fields, headers: Headers = {}): Promise<Handled> {
    const request = ENCODE[rpc](fields);
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const call = { request, metadata, getDeadline: () => Number.POSITIVE_INFINITY };
    const answer = new Promise<Handled>((resolve) => {
      const send: Answer = (error, reply) => resolve(handled(error, reply ?? undefined));
      this.#caller = caller;
      const handler = this.#handlers[HANDLER_OF[rpc]];
      // A cast: of a call's many parts the handlers ask for these.
      handler(call as unknown as ServerUnaryCall<Buffer, Buffer>, send);
    });
    return this.#world.settled(answer);
  }

  #calling(): Caller {
    if (this.#caller === undefined) throw new Error('Nobody calls.');
    return this.#caller;
  }
}

const HANDLER_OF = {
  ExchangeCode: 'exchangeCode',
  GetAccessToken: 'getAccessToken',
  BatchGetAccessTokens: 'batchGetAccessTokens',
  RevokeUser: 'revokeUser',
  GetUser: 'getUser',
  ListUsers: 'listUsers',
  ImportGrant: 'importGrant',
} as const satisfies Record<RpcName, keyof Handlers>;

function handled(error: Parameters<Answer>[0], reply: Buffer | undefined): Handled {
  if (error === null) {
    return { code: 'OK', reason: '', metadata: {}, reply, sent: `${reply?.toString('latin1')}` };
  }
  const trailers = error.metadata ?? new Metadata();
  const { details } = statusDetails(trailers);
  const { reason, metadata } = details.ErrorInfo;
  const delay = details.RetryInfo?.retryDelay;
  return {
    code: status[error.code ?? status.UNKNOWN] ?? '',
    reason,
    metadata,
    ...(delay && { retryMs: delay.seconds * 1_000 + delay.nanos / 1e6 }),
    sent: [error.details, JSON.stringify(details), ...Object.values(trailers.getMap())].join('\n'),
  };
}
