import { type Finding, warning } from './finding.ts';
import type { Health, NodeReport } from './vault-survey.ts';

type Product = 'Vault' | 'OpenBao';

interface BadVersions {
  readonly product: Product;
  /** The first that has it; default: all. */
  readonly from?: string;
  /** The first that is without it. */
  readonly until: string;
  readonly why: string;
  readonly remedy: string;
}

const BAD: readonly BadVersions[] = [
  {
    product: 'OpenBao',
    until: '2.5.3',
    why: 'paths with `..` in them reach other records (CVE-2026-3605)',
    remedy: 'Upgrade OpenBao to 2.5.3 or later.',
  },
  {
    product: 'Vault',
    until: '1.16.0',
    why: 'it gets no security fixes any more',
    remedy: 'Upgrade Vault.',
  },
  {
    product: 'Vault',
    from: '2.0.0',
    until: '2.1.0',
    why: 'it walks through all records every ten minutes, which takes its memory where there are many',
    remedy: 'Upgrade Vault, or watch the memory of the active node.',
  },
];

/** Both have had a 2.x; Vault's own says since 1.17 whether it is Enterprise. */
export function productOf({
  version,
  enterprise,
}: Pick<Health, 'version' | 'enterprise'>): Product {
  return enterprise !== undefined || version.startsWith('1.') || version.startsWith('0.')
    ? 'Vault'
    : 'OpenBao';
}

export function versionFindings({
  address,
  health,
}: Pick<NodeReport, 'address' | 'health'>): readonly Finding[] {
  if (health === undefined) return [];
  const product = productOf(health);
  const { version } = health;
  return BAD.filter(
    (bad) =>
      bad.product === product &&
      isBefore(version, bad.until) &&
      !(bad.from !== undefined && isBefore(version, bad.from)),
  ).map(({ why, remedy }) =>
    warning({
      id: 'vault.version',
      about: address,
      text: `${product} ${version} at ${address} is not to be used: ${why}.`,
      remedy,
    }),
  );
}

/** Of a version that cannot be read nothing is said. */
function isBefore(version: string, other: string): boolean {
  const [one, two] = [version, other].map((text) =>
    (/^(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number),
  );
  if (one?.length !== 3 || two === undefined) return false;
  const differs = one.findIndex((part, index) => part !== two[index]);
  return differs >= 0 && Number(one[differs]) < Number(two[differs]);
}
