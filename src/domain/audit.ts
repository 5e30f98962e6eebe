import type { Caller } from './caller.ts';
import type { Failure } from './failure.ts';
import type { RpcName } from './rpc-name.ts';
import type { Secret } from './secret.ts';

/** What a call is about, as far as it is known. How much of it is written down is the log's to say. */
export interface AuditSubject {
  readonly userId?: string;
  /** The caller's own name for the user, where the call gives one. */
  readonly externalUserId?: string | undefined;
  /** Whether the name led to another account before this call gave it to the user. */
  readonly rebound?: boolean | undefined;
  readonly oauthClient?: string;
  /** Canonical. */
  readonly scopes?: readonly string[];
  /** Of the user's record that the answer comes from. */
  readonly generation?: number;
  /** The access token that is handed out: its keyed fingerprint alone is ever written. */
  readonly accessToken?: Secret;
}

/** How a call was answered, allowed or refused. */
export interface Decision {
  readonly method: RpcName;
  /** Undefined where nobody was proved. */
  readonly caller: Caller | undefined;
  readonly requestId: string;
  /** The gRPC status by its name. */
  readonly code: string;
  readonly failure?: Pick<Failure, 'reason' | 'metadata'>;
  /** What `describe` made of the subject; empty where nothing of the request was read. */
  readonly subject: string;
}

/** Where every decision is written down before its answer leaves. */
export interface AuditLog {
  /** Whether a call must not be answered, nor begun, while its decision cannot be written down. */
  readonly required: boolean;
  /** Whether decisions can be written down, as far as the last attempt tells. */
  readonly writable: boolean;
  /** Of the key that subjects are described with: those of another one are to be described anew. */
  readonly keyId: string;
  /** The form in which a subject is written: worth keeping where calls are alike. */
  describe(subject: AuditSubject): string;
  /**
   * Writes the decision down, together with all others of this turn of the event loop, and at the end
   * of the turn calls `settled` once: the answer may leave from there. Decisions keep their order.
   */
  record(decision: Decision, settled: (written: boolean) => void): void;
}

/** For a service that nobody wants an account of. */
export const NO_AUDIT: AuditLog = {
  required: false,
  writable: true,
  keyId: '',
  describe: () => '',
  record: (_decision, settled) => settled(true),
};
