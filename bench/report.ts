import { cpus } from 'node:os';
import { FIGURES, type Figures } from './figures.ts';

/** After the point; none in other units. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['×', 2],
  ['ms', 1],
  ['µs', 1],
  ['/call', 4],
]);

/** What `--json` writes. */
export interface Report {
  /** Rises when a name changes its meaning or goes. */
  readonly format: 1;
  /** A smoke run, whose figures mean nothing. */
  readonly quick: boolean;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
  };
  readonly figures: Figures;
}

export function createReport(figures: Figures, quick: boolean): Report {
  const cores = cpus();
  const machine = {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
  };
  return { format: 1, quick, machine, figures };
}

/** The report for a person. */
export function reportLines({ machine, quick, figures }: Report): readonly string[] {
  const { node, platform, cpu, cores } = machine;
  const known = Object.entries(FIGURES);
  const width = Math.max(...known.map(([name]) => name.length));
  const values = new Map(Object.entries(figures));
  const lines = known.map(([name, { unit, label }]) => {
    const value = shown(values.get(name) ?? null, unit);
    return `${name.padEnd(width)}  ${value.padStart(13)}  ${label}`;
  });
  const quickly = quick ? ['A quick run: these figures mean nothing.'] : [];
  return [`Node ${node}, ${platform}, ${cores} × ${cpu}`, ...quickly, '', ...lines];
}

/** A figure as a person reads it. */
export function shown(value: number | null, unit: string): string {
  if (value === null) return 'not available';
  return `${value.toFixed(DIGITS.get(unit) ?? 0)} ${unit}`.trimEnd();
}
