import type { Finding } from './finding.ts';

/** Ends lines, moves the cursor, hides text or turns its direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Much of what is said comes from Vault: on a terminal none of it may be more than text. */
export function oneLine<F extends Finding>(finding: F): F {
  const remedy = 'remedy' in finding ? { remedy: clean(finding.remedy) } : {};
  const about = finding.about === undefined ? {} : { about: clean(finding.about) };
  return { ...finding, text: clean(finding.text), ...about, ...remedy };
}

function clean(text: string): string {
  return text.replace(UNPRINTABLE, '?');
}
