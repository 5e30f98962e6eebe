import type { Metadata } from '@grpc/grpc-js';
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  RequestInfo,
  RetryInfo,
} from 'nice-grpc-error-details';
import { Status } from 'nice-grpc-error-details/lib/proto/google/rpc/status.js';

const TYPES = [BadRequest, ErrorInfo, PreconditionFailure, RequestInfo, RetryInfo];

/** The google.rpc.Status of an answer, with each of its details decoded under its type's name. */
export function statusDetails(metadata: Metadata) {
  const [bytes] = metadata.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(bytes)) throw new Error('There is no google.rpc.Status.');
  const { code, message, details } = Status.decode(bytes);
  const decoded = details.map(({ typeUrl, value }) => {
    const type = TYPES.find(({ $type }) => typeUrl === `type.googleapis.com/${$type}`);
    if (type === undefined) throw new Error(`${typeUrl} is no detail of ours.`);
    return [type.$type.replace('google.rpc.', ''), type.decode(value)];
  });
  return { code, message, details: Object.fromEntries(decoded) };
}
