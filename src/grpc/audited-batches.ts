import type { AuditLog } from '../domain/audit.ts';
import { Failure } from '../domain/failure.ts';
import type {
  BatchGetAccessTokensRequest,
  IssuedToken,
  TokenBatch,
} from '../service/token-vault.ts';
import type { AuditedLine, CallLines } from './call-lines.ts';
import { KeptLines } from './kept-lines.ts';

/** A line for each user of a batch, as if each had been asked for alone. */
export class AuditedBatches implements CallLines<BatchGetAccessTokensRequest, TokenBatch> {
  readonly #audit: AuditLog;
  readonly #kept: KeptLines<IssuedToken, AuditedLine>;

  constructor(audit: AuditLog) {
    this.#audit = audit;
    this.#kept = new KeptLines(audit);
  }

  asked(request: BatchGetAccessTokensRequest): readonly AuditedLine[] {
    return request.userIds.map((userId) => this.#line(request, userId));
  }

  answered(request: BatchGetAccessTokensRequest, { results }: TokenBatch): readonly AuditedLine[] {
    return request.userIds.map((userId, index) => {
      const result = results[index];
      if (result === undefined) throw new RangeError('A batch has fewer results than users.');
      if (result instanceof Failure) return { ...this.#line(request, userId), failure: result };
      return this.#kept.get(result) ?? this.#kept.keep(result, this.#line(request, userId, result));
    });
  }

  #line(
    { oauthClient, scopes }: BatchGetAccessTokensRequest,
    userId: string,
    token?: IssuedToken,
  ): AuditedLine {
    const asked = { userId, oauthClient, scopes };
    const { generation, accessToken } = token ?? {};
    const subject = token === undefined ? asked : { ...asked, generation, accessToken };
    return { subject: this.#audit.describe(subject) };
  }
}
