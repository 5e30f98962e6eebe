import type { AuditLog } from '../domain/audit.ts';
import type { AuditedLine, CallLines } from './call-lines.ts';
import { KeptLines } from './kept-lines.ts';
import type { UnaryRpc } from './unary-rpc.ts';

/** What calls about one subject each say to the audit; worked out once for replies that recur. */
export class AuditedCalls<Request, Reply extends object> implements CallLines<Request, Reply> {
  readonly #rpc: Pick<UnaryRpc<never, Request, Reply, never>, 'audited' | 'recurs'>;
  readonly #audit: AuditLog;
  readonly #kept: KeptLines<Reply, readonly AuditedLine[]>;

  constructor(
    rpc: Pick<UnaryRpc<never, Request, Reply, never>, 'audited' | 'recurs'>,
    audit: AuditLog,
  ) {
    this.#rpc = rpc;
    this.#audit = audit;
    this.#kept = new KeptLines(audit);
  }

  asked(request: Request): readonly AuditedLine[] {
    return [{ subject: this.#audit.describe(this.#rpc.audited.request(request)) }];
  }

  answered(request: Request, reply: Reply): readonly AuditedLine[] {
    if (this.#rpc.recurs !== true) return this.#lines(request, reply);
    return this.#kept.get(reply) ?? this.#kept.keep(reply, this.#lines(request, reply));
  }

  #lines(request: Request, reply: Reply): readonly AuditedLine[] {
    const { audited } = this.#rpc;
    const subject = { ...audited.request(request), ...audited.reply(reply) };
    return [{ subject: this.#audit.describe(subject) }];
  }
}
