import type { BrokenPromise } from '../../test/faults/history/histories.ts';
import type { Callee } from '../../test/faults/history/recorded-calls.ts';
import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import { type Fate, fateOf } from './fate.ts';
import { CONSENT, type Victim, wishOf } from './lane.ts';

export interface Aftermath {
  readonly fates: ReadonlyMap<Victim, Fate>;
  /** What the checkers of the simulation found in the histories. */
  readonly broken: readonly BrokenPromise[];
  /** Codes that were sent to Google more than once. */
  readonly sentTwice: number;
}

const AT_ONCE = 12;
const CALL_MS = 15_000;
const SIGN_IN_AGAIN: ReadonlySet<Fate | undefined> = new Set([
  're-consent needed',
  'new code needed',
]);

/**
 * What is left when all processes have been started afresh, so that every token is from Vault.
 * @param patienceMs how long the last repeat of an exchange waits; after half a minute it is told an outcome
 */
export async function aftermathOf(
  world: FaultWorld,
  victims: readonly Victim[],
  patienceMs: number,
): Promise<Aftermath> {
  await each(world, victims, async ({ aim, exchange }, callee) => {
    if (aim.path.name === 'exchange') await world.calls.exchange(callee, exchange, patienceMs);
  });
  world.app.google.rotateRefreshTokens(false);
  await world.settle();
  const gets = new Map<Victim, string>();
  await each(world, victims, async (victim, callee) => {
    gets.set(victim, await world.calls.get(callee, wishOf(victim.user), CALL_MS));
  });
  const broken = await world.verdict();
  const fates = new Map<Victim, Fate>();
  for (const victim of victims) {
    const rest = { history: world.histories.of(victim.user), get: gets.get(victim) ?? '' };
    fates.set(victim, fateOf(victim, rest));
  }
  const unconnected = victims.filter((victim) => SIGN_IN_AGAIN.has(fates.get(victim)));
  await each(world, unconnected, async (victim, callee) => {
    if (!(await comesBack(world, victim.user, callee))) fates.set(victim, 'lost');
  });
  return { fates, broken, sentTwice: sentTwice(world, victims) };
}

/** The way out that is open to everybody: a new consent. */
async function comesBack(world: FaultWorld, user: string, callee: Callee): Promise<boolean> {
  const { scopes, oauthClient } = CONSENT;
  const code = await world.mintCode(user, { oauthClient, scopes, prompt: 'consent' });
  const call = { kind: 'exchange', user, code, oauthClient, request: 'first' } as const;
  if ((await world.calls.exchange(callee, call, CALL_MS)) !== 'OK') return false;
  return (await world.calls.get(callee, wishOf(user), CALL_MS)) === 'OK';
}

function sentTwice({ histories }: FaultWorld, victims: readonly Victim[]): number {
  const sent = victims.flatMap(({ user }) =>
    histories.of(user).facts.flatMap((fact) => (fact.kind === 'code-sent' ? [fact.code] : [])),
  );
  return sent.length - new Set(sent).size;
}

/** Some at once, at all replicas in turn. */
async function each(
  { replicas }: FaultWorld,
  victims: readonly Victim[],
  visit: (victim: Victim, callee: Callee) => Promise<void>,
): Promise<void> {
  const left = victims.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, index) => {
      const callee = replicas[index % replicas.length];
      if (callee === undefined) throw new Error('no replicas');
      for (const victim of left) await visit(victim, callee);
    }),
  );
}
