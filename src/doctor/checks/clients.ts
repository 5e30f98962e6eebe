import type { OAuthClient, StoredOAuthClient } from '../../domain/oauth-client.ts';
import { Refusal } from '../../vault/admin/refusal.ts';
import { readClientFields } from '../../vault/admin/stored-clients.ts';
import { decodeClient } from '../../vault/client-codec.ts';
import type { VaultClient } from '../../vault/vault-client.ts';
import { CannotCheck } from '../cannot-check.ts';
import type { Check } from '../check.ts';
import { CHECK_LIMIT_MS } from '../check-limit.ts';
import { type ClientPlace, type SecretState, secretFindings } from '../client-secrets.ts';
import type { DoctorContext } from '../context.ts';
import { error, type Finding, skipped, warning } from '../finding.ts';
import { oneByOne } from '../one-by-one.ts';

/** Looked at; who has more is told so. */
const MOST_CLIENTS = 100;
/** At a time, so that Google does not throttle the service for it. */
const AT_A_TIME = 8;
/** One request to Vault and one to Google, of at most five seconds each. */
const LONGEST_LOOK_MS = 11_000;

/** Each OAuth client that the policy lets somebody use: its record, and what Google makes of it. */
export const clientsCheck: Check = {
  area: 'clients',
  async run(context) {
    const began = context.clock.monotonic();
    const { callers } = context.section('policy');
    const aliases = [...new Set(callers.flatMap(({ oauthClients }) => [...oauthClients]))].sort();
    if (aliases.length === 0) return [skipped('The policy names no OAuth client.')];
    const { configMount } = context.section('vault');
    const client = await context.vault.activeFor(configMount);
    const beganAgoMs = context.clock.monotonic() - began;
    const looks = {
      atATime: AT_A_TIME,
      patienceMs: Math.max(0, CHECK_LIMIT_MS - LONGEST_LOOK_MS - beganAgoMs),
      look: (alias: string) => clientFindings({ alias, configMount }, client, context),
      notReached,
    };
    const found = await oneByOne(aliases.slice(0, MOST_CLIENTS), looks, context.clock);
    const left = aliases.length - MOST_CLIENTS;
    const rest = left > 0 ? [skipped(`${left} further OAuth clients were not looked at.`)] : [];
    return [...found, ...rest];
  },
};

async function clientFindings(
  place: ClientPlace,
  client: VaultClient,
  context: DoctorContext,
): Promise<readonly Finding[]> {
  const { alias } = place;
  try {
    const stored = await readClient(client, place);
    if (stored.kind === 'present') {
      return secretFindings(place, await secretStates(stored.client, context));
    }
    return [stored.kind === 'absent' ? missing(alias) : broken(alias, stored.problem)];
  } catch (thrown) {
    if (thrown instanceof Refusal) return [skipped(`${alias}: ${thrown.message}`, alias)];
    if (thrown instanceof CannotCheck) return [skipped(`${alias}: ${thrown.because}`, alias)];
    throw thrown;
  }
}

async function readClient(client: VaultClient, place: ClientPlace): Promise<StoredOAuthClient> {
  const { fields, version } = await readClientFields(client, place);
  if (fields.names.length === 0) return { kind: 'absent' };
  return decodeClient(fields.reveal(), { alias: place.alias, version });
}

function secretStates(
  { clientId, secrets }: OAuthClient,
  { google }: DoctorContext,
): Promise<readonly SecretState[]> {
  return Promise.all(
    secrets.map(async (secret) => ({
      secret,
      acceptance: await google.acceptance({ clientId, clientSecret: secret }),
    })),
  );
}

function notReached(alias: string): Finding {
  return warning({
    id: 'clients.unproved',
    about: alias,
    text: `There was no time left for the OAuth client ${alias}: Vault or Google answered slowly for those before it.`,
    remedy: 'Run `tokenvault doctor` again; if it stays so, look at the areas vault and google.',
  });
}

function missing(alias: string): Finding {
  return error({
    id: 'clients.missing',
    about: alias,
    text: `The policy allows the OAuth client ${alias}, and there is none in Vault.`,
    remedy: `Download its file from Google’s console and run \`tokenvault clients import ${alias} FILE\`, or correct \`oauth_clients\` in the policy.`,
  });
}

function broken(alias: string, problem: string): Finding {
  return error({
    id: 'clients.broken',
    about: alias,
    text: `The service cannot use the OAuth client ${alias}: ${problem}.`,
    remedy: `Run \`tokenvault clients import ${alias} FILE\`, or mend it with \`vault kv patch\`; \`tokenvault clients show ${alias}\` shows it.`,
  });
}
