import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { MAX_RECORD_BYTES, parseRecordFields, recordFields } from './record-text.ts';

/** How one kind of record looks in Vault: plain JSON with snake_case keys. */
export interface Codec<R> {
  encode(record: R): object;
  /** `undefined` where the content is not such a record. */
  decode(content: unknown): R | undefined;
}

/** Rises whenever a record gets or loses a field, so that an older replica never drops what it does not know. */
const SCHEMA = 1;

/** Loose: what is not of the envelope is the record's content. */
const envelope = z.looseObject({
  schema: z.literal(SCHEMA),
  path_key_id: z.string(),
  write_id: z.string().min(1).max(64),
});

export interface Enveloped {
  readonly pathKeyId: string;
  readonly writeId: string;
}

/** The KV v2 fields of a record. @throws Failure INTERNAL for one that is too large to be read again */
export function encodeRecord(content: object, { pathKeyId, writeId }: Enveloped): object {
  const text = JSON.stringify({
    schema: SCHEMA,
    path_key_id: pathKeyId,
    write_id: writeId,
    ...content,
  });
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES) {
    throw new Failure('INTERNAL', { detail: 'a record is too large to be stored' });
  }
  return recordFields(text);
}

/**
 * The content of KV v2 fields and the operation that wrote it; `undefined` for text that is no record
 * of ours, for an unknown schema and for a record that belongs to another path key.
 */
export function decodeRecord(
  fields: unknown,
  pathKeyId: string,
): { readonly content: unknown; readonly writeId: string } | undefined {
  const parsed = envelope.safeParse(parseRecordFields(fields));
  if (!parsed.success || parsed.data.path_key_id !== pathKeyId) return undefined;
  const { schema: _schema, path_key_id: _id, write_id: _writeId, ...content } = parsed.data;
  return { content, writeId: parsed.data.write_id };
}
