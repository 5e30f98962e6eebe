import { parsePolicy } from '../../src/config/policy-file.ts';
import { devSpiffeId } from '../../src/dev/certificate-files.ts';
import type { CallContext, Caller } from '../../src/domain/caller.ts';
import { Failure } from '../../src/domain/failure.ts';
import { Secret } from '../../src/domain/secret.ts';
import { CallerAdmission } from '../../src/grpc/caller-admission.ts';
import { type CallerPolicy, createCallerPolicy } from '../../src/grpc/caller-policy.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import type { IssuedToken, TokenVault } from '../../src/service/token-vault.ts';
import { World } from '../../test/support/replica-fixture.ts';
import { ALL_RIGHTS } from '../../test/support/rights.ts';
import { SeededNumbers } from '../../test/support/seeded-numbers.ts';
import { CALLERS, type CallerName, NARROW, type Rules, SHIFTED } from './rules.ts';
import { type Ended, Tally } from './tally.ts';
import { domainOf, GRANTED, isStranger, randomWish, userName, type Wish } from './wishes.ts';

export interface Sizes {
  readonly calls: number;
  readonly users: number;
  readonly seed: number;
}

const CLIENT_IDS: ReadonlyMap<string, string> = new Map([
  ['default', 'default.apps.example'],
  ['partner', 'partner.apps.example'],
]);
/** Under way at a time, so that callers share flights. */
const BATCH = 200;
/** Batches under one policy; then the other holds, with the caches of before. */
const BATCHES_PER_POLICY = 20;
const MOST_BETWEEN_MS = 20_000;
/** In one batch of so many Google gives more than was asked for. */
const WIDENED = 25;

/** Random calls by three callers through the use cases, among two policies that take turns. */
export async function callInProcess({ calls, users, seed }: Sizes): Promise<Tally> {
  const numbers = new SeededNumbers(seed);
  const tally = new Tally();
  const scene = await Scene.start(users);
  for (let batch = 0; tally.calls < calls; batch += 1) {
    const rules = Math.floor(batch / BATCHES_PER_POLICY) % 2 === 0 ? NARROW : SHIFTED;
    const wishes = Array.from({ length: Math.min(BATCH, calls - tally.calls) }, () =>
      randomWish(numbers, users),
    );
    if (numbers.below(WIDENED) === 0) scene.widenNextRefresh();
    await scene.make(wishes, rules, (wish, ended) => tally.ended(wish, rules, ended));
    await scene.rest(numbers.below(MOST_BETWEEN_MS));
  }
  return tally;
}

/** One replica, its Google and its Vault in memory and in virtual time. */
class Scene {
  readonly #world: World;
  readonly #vault: TokenVault;
  readonly #admission: CallerAdmission;
  readonly #policies: ReadonlyMap<Rules, CallerPolicy>;
  readonly #callers: Readonly<Record<CallerName, Caller>>;
  #rules = NARROW;
  #revoked = new Set<string>();

  private constructor(world: World, vault: TokenVault) {
    this.#world = world;
    this.#vault = vault;
    this.#policies = new Map([NARROW, SHIFTED].map((rules) => [rules, policyOf(rules)]));
    const inUse = { rightsOf: (caller: Caller) => this.#policy().rightsOf(caller) };
    this.#admission = new CallerAdmission(inUse, DEFAULT_GRPC_LIMITS, world.clock);
    const callers = CALLERS.map((name) => [name, { id: devSpiffeId(name), proof: 'spiffe' }]);
    this.#callers = Object.fromEntries(callers);
  }

  static async start(users: number): Promise<Scene> {
    const world = new World();
    for (const [alias, clientId] of CLIENT_IDS) {
      world.google.addClient({ clientId, clientSecrets: [alias] });
      world.vault.setClient(alias, { clientId, secrets: [new Secret(alias)] });
    }
    const { tokenVault } = await world.startReplica({ exchangesPerMinute: 10_000 });
    const scene = new Scene(world, tokenVault);
    for (let index = 0; index < users; index += 1) {
      if (!isStranger(index)) await scene.#connect(userName(index));
    }
    return scene;
  }

  /** The next answer of Google has a scope that nobody asked for, and must not be handed out. */
  widenNextRefresh(): void {
    this.#world.google.next('refresh', {
      answer: (real) =>
        real.kind === 'tokens' ? { ...real, scopes: [...(real.scopes ?? []), 'wider'] } : real,
    });
  }

  /** Makes the calls side by side; each is judged in the turn in which it ends. */
  async make(
    wishes: readonly Wish[],
    rules: Rules,
    judge: (wish: Wish, ended: Ended) => void,
  ): Promise<void> {
    this.#rules = rules;
    const all = wishes.map((wish) =>
      this.#ask(wish).then(
        (answer) => judge(wish, { reason: '', ...this.#tokenIn(answer, wish) }),
        (error: unknown) => judge(wish, endOf(error)),
      ),
    );
    await this.#world.settled(Promise.all(all));
    for (const user of this.#revoked) await this.#connect(user);
    this.#revoked = new Set();
  }

  /** Lets time pass, and forgets what the recorders have kept. */
  async rest(ms: number): Promise<void> {
    const { clock, logger, metrics, google, vault } = this.#world;
    await clock.advance(ms);
    logger.lines.length = 0;
    metrics.recorded.length = 0;
    google.requests.length = 0;
    vault.script.clearCalls();
  }

  async #ask(wish: Wish): Promise<unknown> {
    const caller = this.#callers[wish.caller];
    const rights = this.#admission.admit(caller, wish.rpc);
    const context = { ...this.#world.context(caller.id), caller, rights };
    return this.#run(wish, context);
  }

  #run({ rpc, user: userId, oauthClient, scopes }: Wish, context: CallContext) {
    switch (rpc) {
      case 'ExchangeCode':
        return this.#exchange(userId, oauthClient, context);
      case 'GetAccessToken':
        return this.#vault.getAccessToken(
          { userId, oauthClient, scopes, minTtlMs: 60_000 },
          context,
        );
      case 'GetUser':
        return this.#vault.getUser({ userId }, context);
      case 'RevokeUser':
        this.#revoked.add(userId);
        return this.#vault.revokeUser({ userId, reason: 'the proof' }, context);
    }
  }

  #exchange(sub: string, oauthClient: string, context: CallContext) {
    const clientId = CLIENT_IDS.get(oauthClient) ?? '';
    const profile = { hostedDomain: domainOf(sub) };
    const code = { sub, clientId, scopes: GRANTED, profile, refreshToken: true };
    const request = { code: this.#world.google.mintCode(code), oauthClient, redirectUri: '' };
    return this.#vault.exchangeCode(request, context);
  }

  async #connect(user: string): Promise<void> {
    if (isStranger(Number(user.replace('user-', '')))) return;
    for (const alias of CLIENT_IDS.keys()) {
      const context = { ...this.#world.context(), rights: ALL_RIGHTS };
      await this.#world.settled(this.#exchange(user, alias, context));
    }
  }

  #policy(): CallerPolicy {
    const policy = this.#policies.get(this.#rules);
    if (policy === undefined) throw new Error('There is no such policy.');
    return policy;
  }

  #tokenIn(answer: unknown, { rpc, user }: Wish): Pick<Ended, 'token'> {
    if (rpc !== 'GetAccessToken') return {};
    const { accessToken } = answer as IssuedToken;
    const owner = this.#world.google.project.accessTokenOwner(accessToken);
    // Revoked at Google in this very batch, after it was handed out or while it was.
    if (owner === undefined && this.#revoked.has(user)) return {};
    const { sub = 'nobody', clientId = '', scopes = [] } = owner ?? {};
    const [client = 'none'] = [...CLIENT_IDS].find(([, id]) => id === clientId) ?? [];
    return { token: { sub, client, scopes } };
  }
}

function policyOf({ yaml }: Rules): CallerPolicy {
  const parsed = parsePolicy(yaml);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return createCallerPolicy(parsed.policy.callers);
}

function endOf(error: unknown): Ended {
  if (!(error instanceof Failure)) return { reason: 'INTERNAL' };
  return { reason: error.reason, deniedBy: error.metadata.deniedBy };
}
