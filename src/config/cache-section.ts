import { duration } from './duration.ts';
import { wholeNumber } from './scalars.ts';
import { section, withDefault } from './setting.ts';

/** The `cache` section. */
export interface CacheConfig {
  readonly maxTokens: number;
  /** Part of a token's life, from 0 to 1, after which it is refreshed when asked for. */
  readonly freshShare: number;
  readonly googleFailuresMs: number;
}

export function cacheSection() {
  return section({
    max_tokens: withDefault(wholeNumber(1, 10_000_000), {
      default: 200_000,
      doc: 'Access tokens kept in memory, about 1 KB each; the least recently used go first.',
      unit: 'tokens',
    }),
    fresh_for: withDefault(wholeNumber(10, 90), {
      default: 50,
      doc: 'How much of its life a token is handed out without a second thought, give or take a tenth; asked for later, it is refreshed in the background.',
      unit: '% of its life',
    }),
    google_failures: withDefault(duration('0ms', '60s'), {
      default: '5s',
      doc: 'How long a failure of Google is answered without asking Google again.',
    }),
  }).transform(
    (keys): CacheConfig => ({
      maxTokens: keys.max_tokens,
      freshShare: keys.fresh_for / 100,
      googleFailuresMs: keys.google_failures,
    }),
  );
}
