import type { LostConsents } from '../domain/lost-consents.ts';
import type { ReplicaStatus } from '../domain/replica-status.ts';
import { AccessTokenCache } from './access-token-cache.ts';
import { ActiveTerm } from './active-term.ts';
import { BatchGetAccessTokens } from './batch-get-access-tokens.ts';
import { BatchReads } from './batch-reads.ts';
import { ClientSecretMetrics } from './client-secret-metrics.ts';
import { ClientTrials } from './client-trials.ts';
import { ConsentCommitter } from './consent-committer.ts';
import { Drain } from './drain.ts';
import { ExchangeCode } from './exchange-code.ts';
import { ExchangeLedger } from './exchange-ledger.ts';
import { ExchangeRemover } from './exchange-remover.ts';
import { GetAccessToken } from './get-access-token.ts';
import { GetUser } from './get-user.ts';
import { GoogleGate } from './google-gate.ts';
import { GrantUpdates } from './grant-updates.ts';
import { HandOut } from './hand-out.ts';
import { HeldCommits } from './held-commits.ts';
import { ImportGrant } from './import-grant.ts';
import { ImportProof } from './import-proof.ts';
import { ListUsers } from './list-users.ts';
import { NameBinder } from './name-binder.ts';
import { OAuthClientCalls } from './oauth-client-calls.ts';
import { OAuthClients } from './oauth-clients.ts';
import { RefreshTurns } from './refresh-turns.ts';
import { ReplicaMonitor } from './replica-monitor.ts';
import { Revocation } from './revocation.ts';
import { RevocationLogAppender } from './revocation-log-appender.ts';
import { RevocationLogReader } from './revocation-log-reader.ts';
import { RevocationReconciler } from './revocation-reconciler.ts';
import { RevocationView } from './revocation-view.ts';
import { RevokeUser } from './revoke-user.ts';
import type { ServiceDeps } from './service-deps.ts';
import { StoredGrantProof } from './stored-grant-proof.ts';
import { TokenCommitter } from './token-commit.ts';
import { TokenFlights } from './token-flights.ts';
import { TokenMinter } from './token-minter.ts';
import type { TokenVault } from './token-vault.ts';
import { UserGate } from './user-gate.ts';
import { UserRate } from './user-rate.ts';
import { WatchedProvider } from './watched-provider.ts';

/** One replica: the use cases and what runs beside them. */
export interface Replica {
  readonly tokenVault: TokenVault;
  /** How it is at this instant, without asking anybody. */
  status(): ReplicaStatus;
  /** Starts the background work; resolves when tokens can be handed out. */
  start(): Promise<void>;
  /**
   * Ends the background work, after the exchanges and commits that are under way; what is left
   * after `graceMs` is given up.
   */
  stop(graceMs: number): Promise<LostConsents>;
  /** Gives up at once what `stop` would wait for, with an alert where anything is lost by it. */
  giveUp(): LostConsents;
}

/** Builds the use cases from the ports. Nothing runs before `start`. */
export function createTokenVault(ports: ServiceDeps): Replica {
  const { clock, random, limits } = ports;
  const provider = new WatchedProvider(ports.provider, clock);
  const deps = { ...ports, provider };
  const view = new RevocationView(clock);
  const term = new ActiveTerm(deps.revocations);
  const reader = new RevocationLogReader(deps, { view, term });
  const handOut = new HandOut(view, reader, deps.settings);
  const revocation = new Revocation(deps, new RevocationLogAppender(deps));
  const reconciler = new RevocationReconciler(deps, revocation);

  const googleGate = new GoogleGate(deps);
  const secretMetrics = new ClientSecretMetrics(deps);
  const trials = new ClientTrials(deps, { googleGate, secretMetrics });
  const clients = new OAuthClients(deps, { trials, secretMetrics });
  const calls = new OAuthClientCalls(deps, { clients, googleGate, secretMetrics });
  const cache = new AccessTokenCache(limits, clock, random);
  const held = new HeldCommits(deps);
  const turns = new RefreshTurns(deps, held);
  const batchReads = new BatchReads(deps);
  const committer = new TokenCommitter(deps, { revocation, term });
  const updates = new GrantUpdates(deps, { committer, held, cache });

  const fromRecord = { updates, view, turns, term, batchReads };
  const minter = new TokenMinter(deps, { clients, calls, googleGate, ...fromRecord });
  const flights = new TokenFlights(deps, { minter, cache, view, handOut, googleGate, turns });
  const gate = new UserGate(deps, { term, batchReads });
  const rejections = new UserRate(clock, limits.rejectedTokensPerMinute);
  const getAccessToken = new GetAccessToken(deps, { cache, flights, handOut, gate, rejections });
  const batch = new BatchGetAccessTokens(deps, { tokens: getAccessToken, cache, handOut });

  const proof = new StoredGrantProof(deps.users, { calls, googleGate, updates, turns, term });
  const consents = new ConsentCommitter(deps, { committer, proof, cache, handOut, held });
  const ledger = new ExchangeLedger(deps);
  const remover = new ExchangeRemover(deps);
  const rate = new UserRate(clock, limits.exchangesPerMinute);
  const names = new NameBinder(deps, term);
  const claimed = { ledger, remover, held, consents, names };
  const parts = { clients, calls, googleGate, view, rate, term, ...claimed };
  const exchangeCode = new ExchangeCode(deps, parts);

  const revokeUser = new RevokeUser(deps, { revocation, cache, gate });
  const getUser = new GetUser(deps, { term, gate });
  const listUsers = new ListUsers(deps, term);
  const importProof = new ImportProof(deps.idTokens, { calls, googleGate });
  const importParts = { clients, proof: importProof, committer, names, held, turns, term, gate };
  const importGrant = new ImportGrant(deps, importParts);
  const monitor = new ReplicaMonitor(deps, { view, reader, provider, cache, flights, googleGate });
  const drain = new Drain(deps, { exchangeCode, held, names });
  return {
    tokenVault: {
      exchangeCode: (request, context) => exchangeCode.run(request, context),
      getAccessToken: (request, context) => getAccessToken.run(request, context),
      batchGetAccessTokens: (request, context) => batch.run(request, context),
      revokeUser: (request, context) => revokeUser.run(request, context),
      getUser: (request, context) => getUser.run(request, context),
      listUsers: (request, context) => listUsers.run(request, context),
      importGrant: (request, context) => importGrant.run(request, context),
    },
    status: () => monitor.status(),
    async start() {
      clients.start();
      remover.start();
      reconciler.start();
      await reader.start();
    },
    async stop(graceMs) {
      const lost = await drain.run(graceMs);
      for (const part of [reconciler, remover, clients, reader]) part.stop();
      return lost;
    },
    giveUp: () => drain.giveUp(),
  };
}
