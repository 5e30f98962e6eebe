import { AREAS, type Area, type Finding, type Severity } from './finding.ts';

export type AreaFinding = Finding & { readonly area: Area };

export interface Report {
  /** By area, in the order of `AREAS`. */
  readonly findings: readonly AreaFinding[];
  readonly counts: Readonly<Record<Severity, number>>;
}

export function reportOf(findings: readonly AreaFinding[]): Report {
  const count = (severity: Severity) =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    findings: findings.toSorted((a, b) => AREAS.indexOf(a.area) - AREAS.indexOf(b.area)),
    counts: {
      error: count('error'),
      warning: count('warning'),
      skipped: count('skipped'),
      ok: count('ok'),
    },
  };
}
