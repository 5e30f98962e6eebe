import { expect, it } from 'vitest';
import { ProgressLine, progressBar } from '../../../src/cli/progress-line.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const WIPE = '\r\u001b[2K';

function watched(columns = 80) {
  const clock = new ManualClock();
  const drawn: string[] = [];
  const terminal = { columns, write: (text: string) => void drawn.push(text) };
  return { clock, drawn, progress: new ProgressLine({ clock, terminal }) };
}

it('draws over itself, ten times a second at most', async () => {
  const { clock, drawn, progress } = watched();
  progress.show('one');
  progress.show('two');
  await clock.advance(100);
  progress.show('three');
  progress.clear();
  expect(drawn).toEqual([`${WIPE}one`, `${WIPE}three`, WIPE]);
});

it('stays below what is printed', () => {
  const { drawn, progress } = watched();
  progress.show('half');
  progress.above(() => drawn.push('a line'));
  expect(drawn).toEqual([`${WIPE}half`, WIPE, 'a line', `${WIPE}half`]);
});

it('is never wider than the terminal', () => {
  const { drawn, progress } = watched(4);
  progress.show('too wide');
  expect(drawn).toEqual([`${WIPE}too`]);
});

it('draws nothing where nobody watches', () => {
  const progress = new ProgressLine({ clock: new ManualClock(), terminal: undefined });
  expect(() => progress.above(() => progress.show('x'))).not.toThrow();
});

it.each([
  [0, 4_096, '[                              ] 0 %'],
  [2_048, 4_096, '[###############               ] 50 %'],
  [4_096, 4_096, '[##############################] 100 %'],
  [0, 0, '[                              ] 0 %'],
])('is %d of %d as a bar', (done, total, bar) => {
  expect(progressBar(done, total)).toBe(bar);
});
