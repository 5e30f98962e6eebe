import { z } from 'zod';
import { contentsOf, type ReadFile } from './files.ts';
import { type PolicyFile, parsePolicy } from './policy-file.ts';
import { required, section } from './setting.ts';

/** The `policy` section; its value is what the file says. */
export function policySection(readFile: ReadFile) {
  const file = contentsOf(readFile, 'must name a policy file', (text, { context }): PolicyFile => {
    const parsed = parsePolicy(text);
    if ('policy' in parsed) return parsed.policy;
    for (const problem of parsed.problems) {
      context.addIssue(`must name a policy file without mistakes: ${problem}`);
    }
    return z.NEVER;
  });
  return section({
    file: required(file, {
      doc: 'YAML file that says who may do what. Whoever it does not name may do nothing.',
      file: 'public',
      reloads: true,
    }),
  }).transform((keys) => keys.file);
}
