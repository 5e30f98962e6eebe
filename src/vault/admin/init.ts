import type { Clock } from '../../domain/clock.ts';
import type { RevocationSettings } from '../../domain/revocation-store.ts';
import { AUDIT_KEY_PATH, LOG_KEY_PATH } from '../key-record.ts';
import { PATH_KEY_PATH, REVOCATION_LOG_PATH, SETTINGS_PATH } from '../mount-records.ts';
import type { VaultClient } from '../vault-client.ts';
import {
  ensureKey,
  ensurePathKey,
  ensureRevocationLog,
  ensureSettings,
} from './initial-records.ts';
import {
  ensureMount,
  ensureOwnConfig,
  refuseForeignMount,
  type SetupOutcome,
} from './mount-setup.ts';
import { OwnRecords } from './own-records.ts';
import { Refusal } from './refusal.ts';

export interface InitOptions {
  readonly mount: string;
  readonly configMount: string;
  /** How long RevokeUser waits, so that every replica has seen it. Default: the stored one, or 2 000. */
  readonly boundMs?: number;
  /** Whether a replica that is cut off from Vault serves its cache. Default: the stored one, or `available`. */
  readonly mode?: RevocationSettings['mode'];
  /** Allows other settings than those that are stored. Every replica must be stopped meanwhile. */
  readonly changeSettings?: boolean;
}

export interface InitStep {
  readonly what: string;
  readonly outcome: SetupOutcome;
}

export interface InitReport {
  readonly steps: readonly InitStep[];
  /** What is stored now. */
  readonly settings: RevocationSettings;
}

/**
 * Prepares Vault for the service, with an operator's token: both mounts, the path key, the settings,
 * an empty revocation log, and the keys of the audit and of the log. What is there already stays, save
 * for a revocation log that nobody can read, so it may run again at any time, also after it was interrupted, and beside itself.
 * @throws Refusal saying what to do; VaultFault when Vault cannot be reached
 */
export async function initVault(
  client: VaultClient,
  options: InitOptions,
  deps: { readonly clock: Clock },
): Promise<InitReport> {
  const { mount, configMount } = options;
  if (mount === configMount) {
    throw new Refusal(
      'The service and ops need a mount each: give the two different names.',
      'input',
    );
  }
  const own = await ensureMount(client, mount, deps.clock);
  await refuseForeignMount(client, mount);
  const configured = await ensureOwnConfig(client, mount, own.state);
  const config = await ensureMount(client, configMount, deps.clock);
  const records = new OwnRecords(client, { mount, clock: deps.clock });
  const pathKey = await ensurePathKey(records);
  const log = await ensureRevocationLog(records, pathKey.id);
  const { outcome, settings } = await ensureSettings(records, options);
  const configRecords = new OwnRecords(client, { mount: configMount, clock: deps.clock });
  const auditKey = await ensureKey(configRecords, AUDIT_KEY_PATH);
  const logKey = await ensureKey(configRecords, LOG_KEY_PATH);
  return {
    steps: [
      { what: `mount ${mount}/`, outcome: own.outcome === 'created' ? 'created' : configured },
      { what: `mount ${configMount}/`, outcome: config.outcome },
      { what: `${mount}/${PATH_KEY_PATH}`, outcome: pathKey.outcome },
      { what: `${mount}/${SETTINGS_PATH}`, outcome },
      { what: `${mount}/${REVOCATION_LOG_PATH}`, outcome: log },
      { what: `${configMount}/${AUDIT_KEY_PATH}`, outcome: auditKey },
      { what: `${configMount}/${LOG_KEY_PATH}`, outcome: logKey },
    ],
    settings,
  };
}
