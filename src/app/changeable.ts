import {
  type CertificateFile,
  certificatesOfService,
  changedFiles,
  refuseUnusable,
} from '../config/certificate-terms.ts';
import type { Config } from '../config/config-sections.ts';
import type { IdleEntryLog } from '../config/idle-entry-log.ts';
import type { ListenConfig } from '../config/listen-section.ts';
import { samePair, type TlsPair } from '../config/tls-keys.ts';
import type { VaultConfig } from '../config/vault-section.ts';
import type { Clock } from '../domain/clock.ts';
import { StartupProblems, UnprovenChange } from '../domain/startup-problems.ts';
import type { GivenToken } from '../domain/vault-auth.ts';
import { type CallerPolicy, createCallerPolicy } from '../grpc/caller-policy.ts';
import type { GrpcServer } from '../grpc/server.ts';
import type { MutualTls, ServerTls } from '../grpc/server-tls.ts';
import type { Vault } from '../vault/open-vault.ts';

/** What another configuration may replace while the service runs. */
export interface Changeable {
  /** Undefined where the service logs in. */
  vaultToken: GivenToken | undefined;
  vaultTls: VaultConfig['tls'];
  policy: CallerPolicy;
  tls: ListenConfig['tls'];
  /** Of the port for tokens. */
  jwtTls: TlsPair;
  certificates: readonly CertificateFile[];
}

/** Who uses what may change. */
export interface Users {
  readonly vault: Pick<Vault, 'problemsWith' | 'cutsOff' | 'useToken'>;
  readonly server: Pick<GrpcServer, 'setTls' | 'forTokens'>;
  readonly idleEntries: IdleEntryLog;
  readonly clock: Clock;
}

export function changeable(config: Config): Changeable {
  const { vault, policy, listen, listen_jwt } = config;
  return {
    vaultToken: givenToken(vault),
    vaultTls: vault.tls,
    policy: createCallerPolicy(policy.callers),
    tls: listen.tls,
    jwtTls: listen_jwt?.tls ?? listen.tls,
    certificates: certificatesOfService(config),
  };
}

/** Replaces what is `inUse` by what `next` says. @throws StartupProblems, and nothing is changed */
export async function change(inUse: Changeable, next: Config, users: Users): Promise<void> {
  const after = { ...changeable(next), vaultTls: nextVaultTls(inUse.vaultTls, next.vault.tls) };
  const { vaultToken: given } = after;
  const { vault } = users;
  const isNew = given !== undefined && !sameToken(inUse.vaultToken, given);
  const problems = isNew ? await vault.problemsWith(given.token) : [];
  if (problems.length > 0) throw new StartupProblems(problems);
  refuseUnusable(changedFiles(after.certificates, inUse.certificates), users.clock.now());
  if (!sameVaultTls(inUse.vaultTls, after.vaultTls) && (await vault.cutsOff(after.vaultTls))) {
    throw new UnprovenChange([
      'vault.ca_file must name the authority of Vault’s certificate, and vault.client_cert_file a certificate that Vault takes: Vault could not be reached with these, and can be with those in use.',
    ]);
  }
  if (!sameTls(inUse.tls, after.tls) || !samePair(inUse.jwtTls, after.jwtTls)) {
    users.server.setTls(mutualTls(after.tls));
    users.server.forTokens?.setTls(pemOf(after.jwtTls));
  }
  Object.assign(inUse, after);
  if (isNew) vault.useToken(given);
  users.idleEntries.warnOf(next.policy.callers);
}

/** The name in Vault's certificate, and whether it is believed at all, need a restart. */
function nextVaultTls(inUse: VaultConfig['tls'], { caPem, client }: VaultConfig['tls']) {
  return { ...inUse, caPem, client };
}

function givenToken({ auth }: VaultConfig): GivenToken | undefined {
  return auth.method === 'token' || auth.method === 'token_file' ? auth : undefined;
}

function sameToken(one: GivenToken | undefined, other: GivenToken): boolean {
  const fileOf = (given: GivenToken) => ('file' in given ? given.file : undefined);
  return one?.token.equals(other.token) === true && fileOf(one) === fileOf(other);
}

export function pemOf({ cert, key }: TlsPair): ServerTls {
  return { cert, key: key.reveal() };
}

export function mutualTls(tls: ListenConfig['tls']): MutualTls {
  return { ...pemOf(tls), clientCa: tls.clientCa };
}

function sameTls(one: ListenConfig['tls'], other: ListenConfig['tls']): boolean {
  return samePair(one, other) && one.clientCa === other.clientCa;
}

function sameVaultTls(one: VaultConfig['tls'], other: VaultConfig['tls']): boolean {
  if (one.caPem !== other.caPem) return false;
  if (one.client === undefined || other.client === undefined) return one.client === other.client;
  return samePair(one.client, other.client);
}
