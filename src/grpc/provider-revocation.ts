import type { ProviderRevocation } from '../domain/user-record.ts';
import * as wire from '../gen/tokenvault/v1/token_vault.ts';

const WIRE: Readonly<Record<ProviderRevocation, wire.ProviderRevocation>> = {
  confirmed: wire.ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED,
  pending: wire.ProviderRevocation.PROVIDER_REVOCATION_PENDING,
  nothing_to_revoke: wire.ProviderRevocation.PROVIDER_REVOCATION_NOTHING_TO_REVOKE,
  unconfirmed: wire.ProviderRevocation.PROVIDER_REVOCATION_UNCONFIRMED,
};

/** How Google answered, as the proto says it; unspecified where nothing was ever revoked. */
export function writeProviderRevocation(
  value: ProviderRevocation | undefined,
): wire.ProviderRevocation {
  return value === undefined
    ? wire.ProviderRevocation.PROVIDER_REVOCATION_UNSPECIFIED
    : WIRE[value];
}
