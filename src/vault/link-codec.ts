import { z } from 'zod';
import { type LinkRecord, MAX_LINKED_USERS } from '../domain/link-store.ts';
import type { Codec } from './record-codec.ts';

const linkSchema = z.strictObject({
  external_user_id: z.string().min(1),
  user_ids: z.array(z.string().min(1)).min(1).max(MAX_LINKED_USERS),
});

/** The record of a name that callers have for a user. */
export const linkCodec: Codec<LinkRecord> = {
  encode: ({ externalUserId, userIds }) => ({
    external_user_id: externalUserId,
    user_ids: userIds,
  }),
  decode(content) {
    const parsed = linkSchema.safeParse(content);
    if (!parsed.success) return undefined;
    const { external_user_id: externalUserId, user_ids: userIds } = parsed.data;
    return { externalUserId, userIds };
  },
};
