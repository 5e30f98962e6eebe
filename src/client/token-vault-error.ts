import type { FieldViolation } from '../domain/failure.ts';
import type { Reason } from '../domain/reasons.ts';
import type { ConnectionProblem } from './connection-problem.ts';

export interface TokenVaultErrorOptions {
  /** Name of the gRPC status, such as `UNAVAILABLE`. */
  readonly code: string;
  readonly reason?: Reason | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly violations?: readonly FieldViolation[];
  readonly connection?: ConnectionProblem | undefined;
  /** Default: true. */
  readonly sent?: boolean;
}

/**
 * A call that did not end well. It holds what TokenVault's own details say and nothing else: no
 * message, metadata or bytes of the call, so it may be logged as it is.
 */
export class TokenVaultError extends Error {
  readonly code: string;
  /**
   * Undefined where the gRPC library made the status (no connection, deadline, oversize), and for a
   * reason that this version does not know: then `code` decides.
   */
  readonly reason: Reason | undefined;
  /** `ErrorInfo.metadata`; its keys are fixed per reason. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Least wait before the same call is made again; undefined where that cannot help. */
  readonly retryAfterMs: number | undefined;
  /** Names the call in TokenVault's log. */
  readonly requestId: string | undefined;
  /** The fields that were wrong, as the proto names them; or options of the call, by their names. */
  readonly violations: readonly FieldViolation[];
  /** Why the call, or its last repeat, never left, where that is known; only without a reason. */
  readonly connection: ConnectionProblem | undefined;
  /** False where it is certain that TokenVault saw nothing of the call, in none of its tries. */
  readonly sent: boolean;

  constructor(options: TokenVaultErrorOptions) {
    super(options.reason === undefined ? options.code : `${options.code}: ${options.reason}`);
    this.name = 'TokenVaultError';
    this.code = options.code;
    this.reason = options.reason;
    this.metadata = options.metadata ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.requestId = options.requestId;
    this.violations = options.violations ?? [];
    this.connection = options.connection;
    this.sent = options.sent ?? true;
  }
}
