import type { Failure } from '../domain/failure.ts';

/** One line of the audit about a call. */
export interface AuditedLine {
  /** As the audit describes it; empty where nothing of the request was read. */
  readonly subject: string;
  /** How it ended for this subject, where that is not how the call did. */
  readonly failure?: Failure;
}

/** What the calls of one RPC say to the audit: at least one line each. */
export interface CallLines<Request, Reply> {
  asked(request: Request): readonly AuditedLine[];
  answered(request: Request, reply: Reply): readonly AuditedLine[];
}
