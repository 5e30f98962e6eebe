import { AREAS, type Severity } from '../doctor/finding.ts';
import type { AreaFinding, Report } from '../doctor/report.ts';

const WIDTH = 9;

/** For a reader: a block for each area, what is wrong with what to do, and the count. */
export function reportLines({ findings, counts }: Report): readonly string[] {
  const blocks = AREAS.flatMap((area) => {
    const own = findings.filter((finding) => finding.area === area);
    return own.length === 0 ? [] : [area, ...own.flatMap(findingLines), ''];
  });
  return [...blocks, countText(counts)];
}

function findingLines(finding: AreaFinding): readonly string[] {
  const { severity, id, text } = finding;
  const head = `  ${severity.padEnd(WIDTH)}${text}`;
  if (!('remedy' in finding)) return [head];
  return [`${head} [${id}]`, `  ${' '.repeat(WIDTH)}→ ${finding.remedy}`];
}

function countText({ error, warning, skipped, ok }: Report['counts']): string {
  const errors = error === 1 ? '1 error' : `${error} errors`;
  const warnings = warning === 1 ? '1 warning' : `${warning} warnings`;
  return `${errors}, ${warnings}, ${skipped} skipped, ${ok} ok`;
}

/** The same for a program; docs/doctor.md says what it may rely on. */
export function reportJson({ findings, counts }: Report): string {
  const result: Severity = counts.error > 0 ? 'error' : counts.warning > 0 ? 'warning' : 'ok';
  const plain = findings.map((finding) => ({
    id: finding.id,
    area: finding.area,
    severity: finding.severity,
    about: finding.about ?? null,
    text: finding.text,
    remedy: 'remedy' in finding ? finding.remedy : null,
  }));
  return JSON.stringify({ result, counts, findings: plain }, undefined, 2);
}
