import { oneOf } from './scalars.ts';
import { section, withDefault } from './setting.ts';

/** The `log` section. */
export interface LogConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly output: 'stdout' | 'stderr';
}

export function logSection() {
  return section({
    level: withDefault(oneOf(['debug', 'info', 'warn', 'error', 'silent']), {
      default: 'info',
      doc: 'The least severe lines that are written. No level prints a token or a secret. `debug` has a line for each call of GetAccessToken and BatchGetAccessTokens that ends well; failures and other calls have one at `info`.',
      reloads: true,
    }),
    output: withDefault(oneOf(['stdout', 'stderr']), {
      default: 'stdout',
      doc: 'Where the lines go.',
    }),
  });
}
