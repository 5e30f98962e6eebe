import { Failure } from '../../../src/domain/failure.ts';

/** The FIELD_INVALID that `read` throws. */
export function refusalOf(read: () => unknown): Failure {
  try {
    read();
  } catch (error) {
    if (error instanceof Failure && error.reason === 'FIELD_INVALID') return error;
    throw error;
  }
  throw new Error('the request is accepted');
}

/** The fields that `read` refuses, in order; none where it accepts the request. */
export function refusedFields(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'FIELD_INVALID') throw error;
    return error.violations.map(({ field }) => field);
  }
}

export const EVERY_PRINTABLE_ASCII = Array.from({ length: 95 }, (_, index) =>
  String.fromCharCode(0x20 + index),
).join('');
