import { shownSecret } from '../domain/oauth-client.ts';
import type { CredentialsVerdict } from '../domain/oauth-provider.ts';
import type { Secret } from '../domain/secret.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** A secret of a client, and what Google makes of it. */
export interface SecretState {
  readonly secret: Secret;
  readonly acceptance: CredentialsVerdict;
}

/** Where its record is. */
export interface ClientPlace {
  readonly alias: string;
  readonly configMount: string;
}

/** @param states of the newest secret, then of the previous one where there is one */
export function secretFindings(
  client: ClientPlace,
  states: readonly SecretState[],
): readonly Finding[] {
  const [newest, previous] = states;
  if (newest === undefined) return [];
  if (states.some(({ acceptance }) => acceptance === 'disabled')) return [disabled(client)];
  if (newest.acceptance === 'no_answer') return [unproved(client)];
  if (newest.acceptance === 'rejected') return [newestRejected(client, newest, previous)];
  const good = ok(
    'clients.good',
    `Google takes the secret ${suffixOf(newest)} of the OAuth client ${client.alias}.`,
    client.alias,
  );
  return previous?.acceptance === 'rejected' ? [good, previousRejected(client, previous)] : [good];
}

function newestRejected(
  { alias }: ClientPlace,
  newest: SecretState,
  previous: SecretState | undefined,
): Finding {
  const helps = previous?.acceptance === 'accepted';
  const rest = helps
    ? ` The previous one, ${suffixOf(previous)}, still works, at the cost of a second request each time.`
    : ' No other works, so nobody gets a token by it.';
  return (helps ? warning : error)({
    id: 'clients.secret_rejected',
    about: alias,
    text: `Google rejects the secret ${suffixOf(newest)} of the OAuth client ${alias}.${rest}`,
    remedy: `Compare it with Google’s console, and run \`tokenvault clients import ${alias} FILE\` with the client’s newest file.`,
  });
}

function previousRejected({ alias, configMount }: ClientPlace, previous: SecretState): Finding {
  return warning({
    id: 'clients.previous_secret_rejected',
    about: alias,
    text: `Google rejects the previous secret ${suffixOf(previous)} of the OAuth client ${alias}: its rotation is over.`,
    remedy: `Take it out: \`vault kv patch -mount=${configMount} clients/${alias} previous_client_secret=\`.`,
  });
}

function disabled({ alias }: ClientPlace): Finding {
  return error({
    id: 'clients.disabled',
    about: alias,
    text: `Google says that the OAuth client ${alias} is disabled or deleted.`,
    remedy: 'Enable it in Google’s console; a deleted one can be restored there for 30 days.',
  });
}

function unproved({ alias }: ClientPlace): Finding {
  return warning({
    id: 'clients.unproved',
    about: alias,
    text: `Google did not say whether it takes the secret of the OAuth client ${alias}.`,
    remedy: 'Run `tokenvault doctor` again; if it stays so, look at the area google.',
  });
}

function suffixOf({ secret }: SecretState): string {
  return shownSecret(secret);
}
