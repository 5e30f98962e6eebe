import { z } from 'zod';
import type { Grant } from '../domain/grant.ts';
import { Secret } from '../domain/secret.ts';
import type { UserRecord } from '../domain/user-record.ts';
import { present } from './present.ts';
import type { Codec } from './record-codec.ts';

const time = z.number().nonnegative();
const token = z.string().min(1);

const grantSchema = z.strictObject({
  client_id: z.string().min(1),
  refresh_token: token,
  scopes: z.array(z.string().min(1)),
  obtained_at: time,
  expires_at: time.optional(),
  state: z.enum(['live', 'dead']),
  cause: z.enum(['revokedAtGoogle', 'expired', 'clientReplaced']).optional(),
});

const userSchema = z.strictObject({
  user_id: z.string().min(1),
  external_user_id: z.string().optional(),
  hosted_domain: z.string().optional(),
  generation: z.number().int().nonnegative(),
  state: z.enum(['active', 'revoking', 'revoked']),
  consented_at: time.optional(),
  revoke_time: time.optional(),
  revoked_position: z.number().int().nonnegative().optional(),
  provider_revocation: z
    .enum(['confirmed', 'pending', 'nothing_to_revoke', 'unconfirmed'])
    .optional(),
  to_revoke: z.array(token),
  grants: z.record(z.string().min(1), z.array(grantSchema)),
});

type StoredGrant = z.infer<typeof grantSchema>;

/** The record of a user: the one place where refresh tokens are taken out of their wrapping for storage. */
export const userCodec: Codec<UserRecord> = {
  encode: (record) => ({
    user_id: record.userId,
    external_user_id: record.externalUserId,
    hosted_domain: record.hostedDomain,
    generation: record.generation,
    state: record.state,
    consented_at: record.consentedAt,
    revoke_time: record.revokeTime,
    revoked_position: record.revokedPosition,
    provider_revocation: record.providerRevocation,
    to_revoke: record.toRevoke.map((held) => held.reveal()),
    grants: Object.fromEntries(
      [...record.grants].map(([alias, grants]) => [alias, grants.map(encodeGrant)]),
    ),
  }),
  decode(content) {
    const parsed = userSchema.safeParse(content);
    if (!parsed.success) return undefined;
    const { data } = parsed;
    return {
      userId: data.user_id,
      ...present('externalUserId', data.external_user_id),
      ...present('hostedDomain', data.hosted_domain),
      generation: data.generation,
      state: data.state,
      ...present('consentedAt', data.consented_at),
      ...present('revokeTime', data.revoke_time),
      ...present('revokedPosition', data.revoked_position),
      ...present('providerRevocation', data.provider_revocation),
      toRevoke: data.to_revoke.map((held) => new Secret(held)),
      grants: new Map(
        Object.entries(data.grants).map(([alias, grants]) => [alias, grants.map(decodeGrant)]),
      ),
    };
  },
};

function encodeGrant(grant: Grant): StoredGrant {
  return {
    client_id: grant.clientId,
    refresh_token: grant.refreshToken.reveal(),
    scopes: [...grant.scopes],
    obtained_at: grant.obtainedAt,
    expires_at: grant.expiresAt,
    state: grant.state,
    cause: grant.cause,
  };
}

function decodeGrant(stored: StoredGrant): Grant {
  return {
    clientId: stored.client_id,
    refreshToken: new Secret(stored.refresh_token),
    scopes: stored.scopes,
    obtainedAt: stored.obtained_at,
    ...present('expiresAt', stored.expires_at),
    state: stored.state,
    ...present('cause', stored.cause),
  };
}
