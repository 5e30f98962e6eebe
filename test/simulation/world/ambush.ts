import type { Dice } from './dice.ts';
import type { Ambush } from './profile.ts';
import type { SimGoogle } from './sim-google.ts';
import type { Weather } from './weather.ts';

/** A revoke has to go through while somebody still takes the old leader for one. */
const SWIFT_MS = 20;
/** A replica looks more often than this who is active. */
const LOOKS_MS = 600;
const LONG_MS = [1_000, 3_000, 10_000] as const;

export interface AmbushTools {
  readonly dice: Dice;
  readonly google: SimGoogle;
  readonly vaultWeather: Weather;
  after(ms: number, act: () => void): void;
  /** Keeps the victim from Vault for this long. */
  cutOff(ms: number): void;
  /** `electionMs`: until there is another leader. */
  stepDown(electionMs?: number): void;
}

/**
 * Some come alone, and some two at a time; some befall everybody, and some one replica.
 * @returns when a revoke meets it, milliseconds from now
 */
export function layAmbush(kind: Ambush, victim: string, tools: AmbushTools): number {
  const { dice, google, vaultWeather, after } = tools;
  const later = (withinMs: number, act: () => void) => after(dice.unit() * withinMs, act);
  const cutOff = () => later(600, () => tools.cutOff(dice.pick(LONG_MS)));
  switch (kind) {
    case 'slow-refresh':
      slowRefreshes(dice.between(500, 4_500), 1 + dice.below(4));
      if (dice.chance(0.7)) cutOff();
      break;
    case 'slow-reading':
      later(1, () => slowReplies('GET .*revocation-log$'));
      break;
    case 'moving-leader':
      later(400, () => tools.stepDown());
      later(1_000, () => slowReplies('GET .*revocation-log$'));
      break;
    case 'leader-of-old':
      // Whoever takes the revoke may have found the new leader by then.
      return leaderOfOld(dice.unit() * LOOKS_MS) + dice.unit() * 500;
    case 'late-answer': {
      const ms = dice.between(3_500, 5_000);
      google.weather.hold = { kind: /exchange/, way: 'there', ms, left: 1 };
      // The revoke has told Google by then.
      return leaderOfOld(ms - dice.between(60, 400));
    }
    case 'cut-off':
      cutOff();
      break;
    case 'come-back':
      slowRefreshes(dice.between(2_500, 6_000), 3);
      break;
    case 'late-consent': {
      const write = new RegExp(`^${victim} POST .*users`);
      vaultWeather.hold = { kind: write, way: 'there', ms: dice.between(200, 1_990), left: 1 };
    }
  }
  return dice.pick([1, 20, 200, 400, 700]);

  function slowRefreshes(ms: number, left: number): void {
    google.weather.hold = { kind: /refresh/, way: 'back', ms, left };
  }

  /** Steps down, and the victim takes it for the leader for a while. @returns when there is another */
  function leaderOfOld(stepsDownMs: number): number {
    const looks = new RegExp(`^${victim} GET .sys.leader$`);
    const [ms, left] = [dice.between(600, 990), dice.pick([1, 1, 2, 3])];
    after(Math.max(stepsDownMs - LOOKS_MS, 0), () => {
      vaultWeather.hold = { kind: looks, way: 'back', ms, left };
    });
    after(stepsDownMs, () => tools.stepDown(SWIFT_MS));
    return stepsDownMs + SWIFT_MS;
  }

  function slowReplies(request: string): void {
    const whose = dice.chance(0.7) ? `^${victim} ` : '';
    const [ms, left] = [dice.between(300, 990), 1 + dice.below(4)];
    vaultWeather.hold = { kind: new RegExp(whose + request), way: 'back', ms, left };
  }
}
