import type { AuditLog } from '../domain/audit.ts';
import { Recent } from './recent.ts';
import type { UnaryRpc } from './unary-rpc.ts';

/** Subjects that are kept of one RPC; some 300 bytes each. Without one, two HMACs are made anew. */
const KEPT_SUBJECTS = 8_192;

/** What the calls of one RPC say to the audit; worked out once for replies that recur. */
export class AuditedCalls<Request, Reply extends object> {
  readonly #rpc: Pick<UnaryRpc<never, Request, Reply, never>, 'audited' | 'recurs'>;
  readonly #audit: AuditLog;
  #ofReply = new Recent<Reply, string>(KEPT_SUBJECTS);
  #keyId = '';

  constructor(
    rpc: Pick<UnaryRpc<never, Request, Reply, never>, 'audited' | 'recurs'>,
    audit: AuditLog,
  ) {
    this.#rpc = rpc;
    this.#audit = audit;
  }

  asked(request: Request): string {
    return this.#audit.describe(this.#rpc.audited.request(request));
  }

  answered(request: Request, reply: Reply): string {
    if (this.#rpc.recurs !== true) return this.#describe(request, reply);
    if (this.#keyId !== this.#audit.keyId) this.#forget();
    let text = this.#ofReply.get(reply);
    if (text === undefined) {
      text = this.#describe(request, reply);
      this.#ofReply.set(reply, text);
    }
    return text;
  }

  #forget(): void {
    this.#keyId = this.#audit.keyId;
    this.#ofReply = new Recent(KEPT_SUBJECTS);
  }

  #describe(request: Request, reply: Reply): string {
    const { audited } = this.#rpc;
    return this.#audit.describe({ ...audited.request(request), ...audited.reply(reply) });
  }
}
