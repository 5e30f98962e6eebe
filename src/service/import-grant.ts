import type { Alerts } from '../domain/alerts.ts';
import type { CallContext } from '../domain/caller.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Grant } from '../domain/grant.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { RevocationStore } from '../domain/revocation-store.ts';
import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import type { HeldCommits } from './held-commits.ts';
import type { ImportProof, ProvenToken } from './import-proof.ts';
import { imported, sameGrant, withImportedName } from './imported-record.ts';
import type { NameBinder, WantedName } from './name-binder.ts';
import type { OAuthClients } from './oauth-clients.ts';
import type { RefreshTurn } from './refresh-turn.ts';
import type { RefreshTurns } from './refresh-turns.ts';
import type { TokenCommitter } from './token-commit.ts';
import type { ImportedGrant, ImportGrantRequest } from './token-vault.ts';
import type { UserGate } from './user-gate.ts';

export interface ImportGrantDeps {
  readonly clock: Clock;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly revocations: RevocationStore;
  readonly loggedUsers: LoggedUsers;
}

export interface ImportGrantParts {
  readonly clients: OAuthClients;
  readonly proof: ImportProof;
  readonly committer: TokenCommitter;
  readonly names: NameBinder;
  readonly held: HeldCommits;
  readonly turns: RefreshTurns;
  readonly term: ActiveTerm;
  readonly gate: UserGate;
}

/** ImportGrant: a refresh token from elsewhere becomes the first that is ever stored of its user. */
export class ImportGrant {
  readonly #deps: ImportGrantDeps;
  readonly #parts: ImportGrantParts;

  constructor(deps: ImportGrantDeps, parts: ImportGrantParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  async run(request: ImportGrantRequest, { rights }: CallContext): Promise<ImportedGrant> {
    const { userId, oauthClient, verify, consentTime = 0 } = request;
    if (!rights.allowsClient(oauthClient)) throw notAllowed('oauthClient');
    // Whose a user is nobody but Google may say.
    if (!verify && !rights.coversEveryUser) throw notAllowed('user');
    if (consentTime > this.#deps.clock.now()) throw notYet();
    const client = await this.#parts.clients.get(oauthClient);
    const run = async (turn: RefreshTurn) => {
      const known = await this.#known(request, rights);
      if (known !== undefined && known !== 'hidden') return this.#bindAgain(known, request, rights);
      return this.#import(request, client, { rights, isHidden: known === 'hidden', turn });
    };
    return this.#parts.turns.run({ userId, oauthClient }, run);
  }

  /**
   * @returns what is answered where there is a record of the user already, or `hidden` where the
   *   caller may not learn of it; throws to refuse
   */
  async #known(
    request: ImportGrantRequest,
    rights: CallerRights,
  ): Promise<Known | 'hidden' | undefined> {
    const read = () => this.#deps.users.read(request.userId);
    // Whether there really is none, the write decides.
    if ((await read()).version === 0) return undefined;
    try {
      return await this.#parts.term.confirmed(async () =>
        this.#answer(await read(), request, rights),
      );
    } catch (error) {
      if (isFailure(error, 'CALLER_NOT_ALLOWED')) return 'hidden';
      throw error;
    }
  }

  #answer(
    stored: Stored<UserRecord>,
    request: ImportGrantRequest,
    rights: CallerRights,
  ): Known | undefined {
    const { userId, externalUserId } = request;
    if (stored.version === 0) return undefined;
    this.#parts.gate.check(stored, userId, rights);
    if (stored.kind === 'corrupt') {
      this.#deps.alerts.raise('stored_record_corrupt', this.#deps.loggedUsers.of(userId));
      throw new Failure('STORED_RECORD_CORRUPT');
    }
    if (stored.kind === 'absent') throw new Failure('USER_REVOKED');
    const { record } = stored;
    const same = sameGrant(record, request);
    return {
      grant: importedGrant(same, { generation: record.generation, alreadyImported: true }),
      isNamed: record.externalUserId === externalUserId,
    };
  }

  /** The token is stored; its name may not be, or its link, as after an import without one. */
  async #bindAgain(
    { grant, isNamed }: Known,
    request: ImportGrantRequest,
    rights: CallerRights,
  ): Promise<ImportedGrant> {
    const wanted = wantedName(request, rights);
    if (wanted === undefined) return grant;
    const { log } = await this.#parts.term.confirmed(() => this.#deps.revocations.readLog());
    const stored = this.#parts.committer.prepare({
      userId: request.userId,
      position: log.count,
      apply: (record) => withImportedName(record, request),
      kind: 'import',
    });
    const { commit, settle, rebound } = this.#parts.names.bound(
      wanted,
      isNamed ? async () => grant.generation : stored,
    );
    const generation = await commit();
    settle();
    return { ...grant, generation, ...(rebound() && { rebound: true }) };
  }

  async #import(
    request: ImportGrantRequest,
    client: OAuthClient,
    {
      rights,
      isHidden,
      turn,
    }: { readonly rights: CallerRights; readonly isHidden: boolean; readonly turn: RefreshTurn },
  ): Promise<ImportedGrant> {
    const { revocations } = this.#deps;
    const { term, held, proof, committer, names } = this.#parts;
    const release = held.reserve();
    const wanted = wantedName(request, rights);
    try {
      // A revocation from here on is later than this import, and takes its token along.
      const { log } = await term.confirmed(() => revocations.readLog());
      const { refreshToken, scopes, userId } = request;
      // Google may put another token in place of the one that it is shown, so nothing of ours may fail then.
      const isOthers = request.verify && wanted !== undefined && !(await this.#mayHave(wanted));
      const proven: ProvenToken = request.verify
        ? await proof.prove(client, request, turn)
        : { refreshToken, scopes };
      const { hostedDomain } = proven;
      // Not before Google was asked: so nobody learns from what it says whether there is a record.
      if (isHidden || isOthers || !rights.allowsUser(hostedDomain)) throw notAllowed('user');
      const grant = this.#grantOf(proven, client, request);
      const stored = committer.prepare({
        userId,
        refreshToken: grant.refreshToken,
        position: log.count,
        apply: (record) => imported(record, { request, grant, hostedDomain }),
        kind: 'import',
      });
      const { commit, settle, rebound } = names.bound(wanted, stored);
      // The caller can send the token again, but not the one that Google put in its place.
      const isOnlyHere = !grant.refreshToken.equals(refreshToken);
      const generation = await (isOnlyHere ? held.run(userId, commit) : commit());
      settle();
      const answer = importedGrant(grant, { generation, alreadyImported: false });
      return rebound() ? { ...answer, rebound: true } : answer;
    } catch (error) {
      // Another replica may have stored the same meanwhile.
      if (!isFailure(error, 'USER_ALREADY_CONNECTED')) throw error;
      const known = await this.#known(request, rights);
      if (known === 'hidden') throw notAllowed('user');
      if (known === undefined) throw error;
      return await this.#bindAgain(known, request, rights);
    } finally {
      release();
    }
  }

  /**
   * @returns false where the caller may not learn why not
   * @throws Failure USER_MISMATCH, STORE_ACCESS_LOST, STORE_UNAVAILABLE
   */
  async #mayHave(wanted: WantedName): Promise<boolean> {
    try {
      await this.#parts.names.ensureFree(wanted);
      return true;
    } catch (error) {
      if (isFailure(error, 'CALLER_NOT_ALLOWED')) return false;
      throw error;
    }
  }

  #grantOf(
    { refreshToken, scopes, expiresInMs }: ProvenToken,
    { clientId }: OAuthClient,
    { consentTime }: ImportGrantRequest,
  ): Grant {
    const now = this.#deps.clock.now();
    return {
      clientId,
      refreshToken,
      scopes,
      obtainedAt: consentTime ?? now,
      ...(expiresInMs === undefined ? {} : { expiresAt: now + expiresInMs }),
      state: 'live',
    };
  }
}

/** What is answered where the very token is stored already. */
interface Known {
  readonly grant: ImportedGrant;
  /** Whether the record carries the name that is given, or none is. */
  readonly isNamed: boolean;
}

/** Nobody asks for a re-binding by an import. */
function wantedName(
  { externalUserId, userId }: ImportGrantRequest,
  rights: CallerRights,
): WantedName | undefined {
  return externalUserId === undefined
    ? undefined
    : { externalUserId, userId, rebind: false, rights };
}

function notYet(): Failure {
  const description = 'The field must be a time that is over.';
  return new Failure('FIELD_INVALID', { violations: [{ field: 'consent_time', description }] });
}

function importedGrant(
  { scopes, expiresAt }: Grant,
  { generation, alreadyImported }: Pick<ImportedGrant, 'generation' | 'alreadyImported'>,
): ImportedGrant {
  return {
    generation,
    scopes,
    alreadyImported,
    ...(expiresAt === undefined ? {} : { expireTime: expiresAt }),
  };
}
