import type { Cut } from '../../test/support/faulty-proxy.ts';

/** One request that changes something at Vault or at Google. */
export interface Step {
  readonly name: string;
  /** How it begins; `MOUNT` stands for the mount. */
  readonly request: string;
  /** So many requests of the same path that begin alike come before it. */
  readonly after: number;
  /** Whether it names the user: a replica that has just started may work on other users, too. */
  readonly namesUser: boolean;
}

export type PathName = 'exchange' | 'refresh' | 'rotation' | 'revoke';

/** What a replica does for one call, from its first change to its last. */
export interface Path {
  readonly name: PathName;
  readonly steps: readonly Step[];
  /** The step with which the call has happened, whoever dies; the first is 1. */
  readonly decidedBy: number;
}

/** All moments of a step, in the order of time. */
export const CUTS: readonly Cut[] = [
  'request',
  'half-request',
  'late-request',
  'reply',
  'half-reply',
  'after-reply',
];

/** An aimed kill, one when the caller has its answer, or one at a random moment. */
export type Aim = { readonly path: Path } & (
  | { readonly moment: Cut; readonly step: Step }
  | { readonly moment: 'answered' }
  | { readonly moment: 'random' }
);

const write = (folder: string, after = 0): Step => ({
  name: `write ${folder}${after > 0 ? ' again' : ''}`,
  request: `POST /v1/MOUNT/data/${folder}`,
  after,
  namesUser: folder !== 'exchanges',
});
const google = (path: string): Step => ({
  name: `Google's ${path}`,
  request: `POST ${path}`,
  after: 0,
  namesUser: false,
});

const EXCHANGE: Path = {
  name: 'exchange',
  steps: [write('exchanges'), google('/token'), write('users'), write('exchanges', 1)],
  decidedBy: 3,
};
const REFRESH: Path = { name: 'refresh', steps: [google('/token')], decidedBy: 1 };
const ROTATION: Path = {
  name: 'rotation',
  steps: [google('/token'), write('users')],
  decidedBy: 2,
};
const REVOKE: Path = {
  name: 'revoke',
  steps: [
    write('revocations'),
    write('users'),
    write('revocation-log'),
    google('/revoke'),
    write('revocation-log', 1),
    write('users', 1),
    {
      name: 'destroy old versions',
      request: 'POST /v1/MOUNT/destroy/users',
      after: 0,
      namesUser: true,
    },
    {
      name: 'remove the marker',
      request: 'DELETE /v1/MOUNT/metadata/revocations',
      after: 0,
      namesUser: true,
    },
  ],
  decidedBy: 1,
};

export const PATHS: readonly Path[] = [EXCHANGE, REFRESH, ROTATION, REVOKE];

/** Every point at which the path can be hit; random moments count as much as a step. */
export function pointsOf(path: Path): readonly Aim[] {
  const aimed = path.steps.flatMap((step) => CUTS.map((moment): Aim => ({ path, step, moment })));
  const random = CUTS.map((): Aim => ({ path, moment: 'random' }));
  return [...aimed, { path, moment: 'answered' }, ...random];
}

/** Whether the killed process has done the step; undefined where it may have, or may still. */
export function hasDone(aim: Aim, step: number): boolean | undefined {
  if (aim.moment === 'answered') return true;
  if (aim.moment === 'random') return undefined;
  const reached = aim.path.steps.indexOf(aim.step) + 1;
  if (reached !== step) return reached > step;
  return aim.moment === 'late-request' ? undefined : aim.moment.endsWith('reply');
}
