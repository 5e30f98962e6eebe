import { AUDIT_KEY_PATH, LOG_KEY_PATH } from '../key-record.ts';
import { PATH_KEY_PATH, SETTINGS_PATH } from '../mount-records.ts';
import type { Granted } from './capabilities.ts';
import type { Capability, Mounts } from './policies.ts';

/** Something that the service's token must not be able to do. */
export interface Forbidden {
  readonly path: string;
  readonly capabilities: readonly Capability[];
  /** A path that `path` covers, for the question to Vault. */
  readonly sample: string;
  /** What comes of it, as a clause. */
  readonly why: string;
  /** Whether what the service promises rests on it; otherwise it is only more than is needed. */
  readonly isGrave: boolean;
}

const WRITE: readonly Capability[] = ['create', 'update', 'patch', 'delete'];

/** The service holds tokens of many people, so what is not in its policy is not to be within reach. */
export function forbiddenTo({ mount, configMount }: Mounts): readonly Forbidden[] {
  const grave = (path: string, capabilities: readonly Capability[], why: string) =>
    forbidden(path, { capabilities, why, isGrave: true });
  const wide = (path: string, capabilities: readonly Capability[], why: string) =>
    forbidden(path, { capabilities, why, isGrave: false });
  return [
    grave(
      `${mount}/metadata/users/*`,
      ['delete'],
      'a user’s versions would begin again, by which writers are kept apart',
    ),
    grave(`${mount}/data/${PATH_KEY_PATH}`, WRITE, 'with another key no record is found again'),
    grave(`${mount}/config`, ['create', 'update'], 'check-and-set could be switched off'),
    grave('sys/policies/acl/*', WRITE, 'it could give itself everything'),
    wide(`${mount}/data/${SETTINGS_PATH}`, WRITE, 'replicas rely on all having the same'),
    wide(`${configMount}/data/clients/*`, WRITE, 'OAuth clients are the operators’'),
    wide(`${configMount}/data/${AUDIT_KEY_PATH}`, WRITE, 'who replaces the key can hide lines'),
    wide(`${configMount}/data/${LOG_KEY_PATH}`, WRITE, 'the key is the operators’'),
    wide(`${configMount}/config`, ['create', 'update'], 'the mount is the operators’'),
    wide('sys/mounts/*', WRITE, 'mounts are the operators’'),
    wide('sys/auth/*', WRITE, 'logins are the operators’'),
  ];
}

/** What of `forbidden` is granted, each with the capabilities that are. */
export function excessOf(forbidden: readonly Forbidden[], granted: Granted): readonly Forbidden[] {
  return forbidden.flatMap((rule) => {
    const capabilities = rule.capabilities.filter((one) => granted.allows(rule.sample, one));
    return capabilities.length === 0 ? [] : [{ ...rule, capabilities }];
  });
}

function forbidden(path: string, rest: Omit<Forbidden, 'path' | 'sample'>): Forbidden {
  const sample = path.replace('users/*', 'users/000/key').replace('*', 'key');
  return { path, sample, ...rest };
}
