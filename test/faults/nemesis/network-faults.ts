import { setTimeout as wait } from 'node:timers/promises';
import type { Cut, FaultyProxy, Way } from '../../support/faulty-proxy.ts';
import type { Seeded } from '../workload/seeded.ts';
import { type FaultTerms, lasting, type RealFault } from './fault.ts';

const CUTS: readonly Cut[] = ['request', 'half-request', 'reply', 'half-reply'];
const BROKEN: readonly Way[] = ['shut', 'silent'];

/** Some of the next changes are cut, wherever in their way. */
async function cutChanges(proxies: readonly FaultyProxy[], random: Seeded): Promise<void> {
  for (const proxy of proxies) {
    for (let left = random.between(1, 3); left > 0; left -= 1) {
      proxy.plan({ cut: random.pick(CUTS), request: 'POST ' });
    }
  }
  await wait(random.between(200, 1_000));
  // At standbys they would pile up, until one becomes active.
  for (const proxy of proxies) proxy.forgetCuts();
}

async function cutOff(proxies: readonly FaultyProxy[], terms: FaultTerms): Promise<void> {
  const way = terms.random.pick(BROKEN);
  for (const proxy of proxies) proxy.way = way;
  await lasting(terms);
  for (const proxy of proxies) proxy.way = 'open';
}

/** Faults between a replica and what it calls, and of Google itself. */
export const NETWORK_FAULTS: readonly RealFault[] = [
  {
    kind: 'network: requests to Vault cut',
    weight: 4,
    run: ({ replicas }, { random }) => cutChanges(random.pick(replicas).vaultProxies, random),
  },
  {
    kind: 'network: requests to Google cut',
    weight: 3,
    run: ({ replicas }, { random }) => cutChanges([random.pick(replicas).googleProxy], random),
  },
  {
    kind: 'network: a replica cut off from Vault',
    weight: 2,
    run: ({ replicas }, terms) => cutOff(terms.random.pick(replicas).vaultProxies, terms),
  },
  {
    kind: 'network: a replica cut off from one node',
    weight: 2,
    run: ({ replicas }, terms) =>
      cutOff([terms.random.pick(terms.random.pick(replicas).vaultProxies)], terms),
  },
  {
    kind: 'network: a replica cut off from Google',
    weight: 1,
    run: ({ replicas }, terms) => cutOff([terms.random.pick(replicas).googleProxy], terms),
  },
  {
    kind: 'google: answers 503, 429 or nothing in time',
    weight: 2,
    async run({ app }, { random }) {
      const times = random.between(1, 5);
      const path = random.pick(['/token', '/revoke']);
      const failure = random.pick([
        { status: 503 },
        { status: 429, headers: { 'retry-after': '1' } },
        { delayMs: 7_000 },
        { body: '<html>' },
      ]);
      app.google.faults.add({ path, times, ...failure });
      await wait(random.between(200, 1_000));
    },
  },
  {
    kind: 'google: connections dropped',
    weight: 2,
    async run({ app }, { random }) {
      const drop = random.pick(['before', 'after'] as const);
      app.google.faults.add({ path: '/token', times: random.between(1, 3), drop });
      await wait(random.between(200, 1_000));
    },
  },
];
