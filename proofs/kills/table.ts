import type { Fate } from './fate.ts';
import type { Victim } from './lane.ts';
import { type Aim, CUTS, PATHS, type Path } from './paths.ts';

/** Kills by path, step and moment, and what became of the users. */
export function tableOf(fates: ReadonlyMap<Victim, Fate>): readonly string[] {
  const aims = [...fates.keys()].map(({ aim }) => aim);
  return PATHS.flatMap((path) => {
    const own = aims.filter((aim) => aim.path === path);
    const ends = [...fates].filter(([{ aim }]) => aim.path === path).map(([, fate]) => fate);
    return [...kills(path, own), `  in the end: ${counted(ends)}`];
  });
}

function kills({ name, steps }: Path, aims: readonly Aim[]): readonly string[] {
  const rows = steps.map((step, index) => {
    const moments = aims.flatMap((aim) => ('step' in aim && aim.step === step ? [aim.moment] : []));
    const counts = CUTS.map((cut) => moments.filter((moment) => moment === cut).length);
    return line(`  ${index + 1} ${step.name}`, counts.map(String));
  });
  const of = (moment: Aim['moment']) => aims.filter((aim) => aim.moment === moment).length;
  return [
    line(`${name}: ${aims.length} kills`, CUTS),
    ...rows,
    `  when answered: ${of('answered')}, at a random moment: ${of('random')}`,
  ];
}

function line(head: string, cells: readonly string[]): string {
  const columns = cells.map((cell, index) => cell.padStart((CUTS[index] ?? '').length + 2));
  return `${head.padEnd(28)}${columns.join('')}`;
}

function counted(fates: readonly Fate[]): string {
  return [...Map.groupBy(fates, (fate) => fate)]
    .map(([fate, { length }]) => `${length} ${fate}`)
    .join(', ');
}
