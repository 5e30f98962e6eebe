import { z } from 'zod';
import {
  MAX_LOG_KEYS,
  type RevocationLogRecord,
  type RevocationMarker,
} from '../domain/revocation-store.ts';
import type { Codec } from './record-codec.ts';

const logSchema = z.strictObject({
  count: z.number().int().nonnegative(),
  keys: z.array(z.string().min(1)).max(MAX_LOG_KEYS),
});

const markerSchema = z.strictObject({
  user_id: z.string().min(1),
  generation: z.number().int().nonnegative(),
});

export const revocationLogCodec: Codec<RevocationLogRecord> = {
  encode: ({ count, keys }) => ({ count, keys }),
  decode(content) {
    const parsed = logSchema.safeParse(content);
    // More keys than entries ever cannot be.
    return parsed.success && parsed.data.keys.length <= parsed.data.count ? parsed.data : undefined;
  },
};

/** A marker names its user, whom its path does not tell. */
export const revocationMarkerCodec: Codec<RevocationMarker> = {
  encode: ({ userId, generation }) => ({ user_id: userId, generation }),
  decode(content) {
    const parsed = markerSchema.safeParse(content);
    if (!parsed.success) return undefined;
    return { userId: parsed.data.user_id, generation: parsed.data.generation };
  },
};
