import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Failure } from '../domain/failure.ts';
import {
  type AccessTokenError,
  type AccessTokenResult,
  BatchGetAccessTokensResponse,
} from '../gen/tokenvault/v1/token_vault.ts';
import type { IssuedToken, TokenBatch } from '../service/token-vault.ts';
import { Recent } from './recent.ts';
import { keptWriter } from './reply-encoder.ts';
import { metadataOf, retryDelayOf, STATUS_OF } from './status.ts';
import { toDate } from './timestamps.ts';

/** Encoded tokens that are kept; a few hundred bytes each. */
const KEPT_TOKENS = 8_192;

/**
 * Encodes the replies of BatchGetAccessTokens, each token once. Bytes of messages of one type that
 * follow one another are one message with the fields of all.
 */
export function batchEncoder(): (batch: TokenBatch) => Buffer {
  const kept = new Recent<IssuedToken, Uint8Array>(KEPT_TOKENS);
  const tokenBytes = (token: IssuedToken) => {
    const known = kept.get(token);
    if (known !== undefined) return known;
    const { accessToken, expireTime } = token;
    const bytes = resultBytes({
      token: { accessToken: accessToken.reveal(), expireTime: toDate(expireTime) },
    });
    kept.set(token, bytes);
    return bytes;
  };
  return keptWriter({
    encode: ({ results, scopes }: TokenBatch, writer: BinaryWriter) => {
      for (const result of results) {
        const isError = result instanceof Failure;
        writer.raw(isError ? resultBytes({ error: errorOf(result) }) : tokenBytes(result));
      }
      const rest = { results: [], tokenType: 'Bearer', scopes: [...scopes] };
      return BatchGetAccessTokensResponse.encode(rest, writer);
    },
  });
}

function resultBytes(result: AccessTokenResult): Uint8Array {
  const alone = { results: [result], tokenType: '', scopes: [] };
  return BatchGetAccessTokensResponse.encode(alone).finish();
}

function errorOf(failure: Failure): AccessTokenError {
  const { reason } = failure;
  const [metadata, retryDelay] = [metadataOf(failure), retryDelayOf(failure)];
  return { code: STATUS_OF[reason], reason, metadata, retryDelay };
}
