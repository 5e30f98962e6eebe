import type { ConfigProblem } from '../../config/config-problems.ts';
import { originText } from '../../config/origin.ts';
import type { Check } from '../check.ts';
import { error, type Finding, ok } from '../finding.ts';

/** The configuration as `tokenvault serve` would take it, every problem of it. */
export const configCheck: Check = {
  area: 'config',
  async run({ config: { problems } }) {
    if (problems.length > 0) return problems.map(problemFinding);
    return [ok('config.good', 'The configuration is good.')];
  },
};

/** The same of `tokenvault gateway`. */
export const gatewayConfigCheck: Check = {
  area: 'config',
  async run({ gateway }) {
    if (gateway === undefined) return [];
    if (gateway.problems.length > 0) return gateway.problems.map(problemFinding);
    return [ok('config.good', 'The configuration of the gateway is good.')];
  },
};

function problemFinding({ key, origin, sentence }: ConfigProblem): Finding {
  const found = { id: 'config.problem', text: sentence } as const;
  if (key === undefined) return error({ ...found, remedy: 'Correct it: docs/configuration.md.' });
  const remedy =
    origin === undefined
      ? `Set ${key}; docs/configuration.md says what it is for.`
      : `Correct ${key} in ${originText(origin)}; docs/configuration.md says what it is for.`;
  return error({ ...found, about: key, remedy });
}
