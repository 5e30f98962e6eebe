import { z } from 'zod';
import type { ExchangeRecord, ExchangeResponse } from '../domain/exchange-record.ts';
import type { Profile } from '../domain/profile.ts';
import { REASONS, type Reason } from '../domain/reasons.ts';
import { present } from './present.ts';
import type { Codec } from './record-codec.ts';

const profileSchema = z.strictObject({
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
  name: z.string().optional(),
  given_name: z.string().optional(),
  family_name: z.string().optional(),
  picture: z.string().optional(),
  locale: z.string().optional(),
  hosted_domain: z.string().optional(),
});

const responseSchema = z.strictObject({
  user_id: z.string().min(1),
  profile: profileSchema,
  granted_scopes: z.array(z.string()),
  grant_expire_time: z.number().nonnegative().optional(),
  refresh_token_kept: z.boolean(),
});

const reason = z.custom<Reason>(
  (value) => typeof value === 'string' && Object.hasOwn(REASONS, value),
);
const always = { request: z.string().min(1), started_at: z.number().nonnegative() };

const exchangeSchema = z.discriminatedUnion('state', [
  z.strictObject({ ...always, state: z.literal('pending') }),
  z.strictObject({ ...always, state: z.literal('unsent') }),
  z.strictObject({ ...always, state: z.literal('done'), response: responseSchema }),
  z.strictObject({
    ...always,
    state: z.literal('failed'),
    reason,
    metadata: z.record(z.string(), z.string()),
  }),
]);

/** The record of one code. It holds no token and no code. */
export const exchangeCodec: Codec<ExchangeRecord> = {
  encode(record) {
    const { request, startedAt: started_at, state } = record;
    const common = { request, started_at, state };
    if (record.state === 'done') return { ...common, response: encodeResponse(record.response) };
    if (record.state !== 'failed') return common;
    return { ...common, reason: record.reason, metadata: record.metadata };
  },
  decode(content) {
    const parsed = exchangeSchema.safeParse(content);
    if (!parsed.success) return undefined;
    const { started_at: startedAt, ...record } = parsed.data;
    if (record.state !== 'done') return { ...record, startedAt };
    return { ...record, startedAt, response: decodeResponse(record.response) };
  },
};

function encodeResponse(response: ExchangeResponse): z.infer<typeof responseSchema> {
  const { profile } = response;
  return {
    user_id: response.userId,
    profile: {
      email: profile.email,
      email_verified: profile.emailVerified,
      name: profile.name,
      given_name: profile.givenName,
      family_name: profile.familyName,
      picture: profile.picture,
      locale: profile.locale,
      hosted_domain: profile.hostedDomain,
    },
    granted_scopes: [...response.grantedScopes],
    grant_expire_time: response.grantExpireTime,
    refresh_token_kept: response.refreshTokenKept,
  };
}

function decodeResponse(stored: z.infer<typeof responseSchema>): ExchangeResponse {
  return {
    userId: stored.user_id,
    profile: decodeProfile(stored.profile),
    grantedScopes: stored.granted_scopes,
    ...present('grantExpireTime', stored.grant_expire_time),
    refreshTokenKept: stored.refresh_token_kept,
  };
}

function decodeProfile(stored: z.infer<typeof profileSchema>): Profile {
  return {
    ...present('email', stored.email),
    ...present('emailVerified', stored.email_verified),
    ...present('name', stored.name),
    ...present('givenName', stored.given_name),
    ...present('familyName', stored.family_name),
    ...present('picture', stored.picture),
    ...present('locale', stored.locale),
    ...present('hostedDomain', stored.hosted_domain),
  };
}
