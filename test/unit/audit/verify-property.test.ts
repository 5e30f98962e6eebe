import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, isManipulation } from '../../../src/audit/verify/finding.ts';
import { type Step, writeFiles } from '../../support/audit-files.ts';
import { verified } from '../../support/audit-fixture.ts';

type Files = string[][];

/** A manipulation of one or two lines, and what has to be said of it. */
interface Manipulation {
  readonly files: Files;
  readonly isNamed: (findings: readonly Finding[]) => boolean;
}

const steps = fc.array(fc.constantFrom<Step>('a', 'a', 'b', 'b', 'c', 'r'), {
  minLength: 3,
  maxLength: 40,
});

/** At least one process writes. */
function filesOf(script: readonly Step[]): Files {
  return writeFiles(['a', ...script]).map((lines) => [...lines]);
}

function check(files: Files) {
  return verified(Object.fromEntries(files.map((lines, at) => [`f${at}`, lines.join('\n')])));
}

/** A line of the files, by a number that may be any. */
function pick(files: Files, number: number) {
  const places = files.flatMap((lines, file) => lines.map((text, line) => ({ file, line, text })));
  const place = places[number % places.length];
  if (place === undefined) throw new Error('There are no lines.');
  return place;
}

function names(file: number, line: number) {
  return ({ place }: Finding) => place.file === `f${file}` && place.line === line + 1;
}

function instanceOf(text: string): string {
  return /"instance":"([^"]*)"/.exec(text)?.[1] ?? '';
}

const MANIPULATIONS: Readonly<
  Record<string, (files: Files, one: number, other: number, character: string) => Manipulation>
> = {
  'a character is changed': (files, one, other, character) => {
    const { file, line, text } = pick(files, one);
    const at = other % text.length;
    const changed = text.slice(0, at) + character + text.slice(at + 1);
    if (changed === text) return { files, isNamed: () => true };
    files[file]?.splice(line, 1, changed);
    return { files, isNamed: (findings) => findings.some(names(file, line)) };
  },
  'a line is removed': (files, one) => {
    const { file, line, text } = pick(files, one);
    files[file]?.splice(line, 1);
    const instance = instanceOf(text);
    return { files, isNamed: (findings) => findings.some((each) => each.instance === instance) };
  },
  'two lines of one process change places in a file': (files, one, other) => {
    const { file, line, text } = pick(files, one);
    const lines = files[file] ?? [];
    const own = [...lines.keys()].filter((at) => instanceOf(lines[at] ?? '') === instanceOf(text));
    const at = own[other % own.length] ?? line;
    if (at === line) return { files, isNamed: () => true };
    lines.splice(line, 1, lines[at] ?? '');
    lines.splice(at, 1, text);
    const isNamed = (findings: readonly Finding[]) =>
      findings.some(
        (each) => isManipulation(each) && (names(file, line)(each) || names(file, at)(each)),
      );
    return { files, isNamed };
  },
  'a line is written a second time': (files, one, other) => {
    const { text } = pick(files, one);
    const { file, line } = pick(files, other);
    files[file]?.splice(line, 0, text);
    return {
      files,
      isNamed: (findings) =>
        findings.some((each) => each.kind === 'repeated' && each.instance === instanceOf(text)),
    };
  },
  'a file is cut off': (files, one) => {
    const { file, line } = pick(files, one);
    const cut = files[file]?.splice(line) ?? [];
    const instances = new Set(cut.map(instanceOf));
    return {
      files,
      isNamed: (findings) =>
        // Of a process whose every line is gone nothing is left that could tell.
        [...instances].every(
          (instance) =>
            findings.some((each) => each.instance === instance) ||
            !files.flat().some((text) => instanceOf(text) === instance),
        ),
    };
  },
  'a line is cut in half': (files, one, other) => {
    const { file, line, text } = pick(files, one);
    files[file]?.splice(line, 1, text.slice(0, other % (text.length - 1)));
    const left = files[file]?.[line] ?? '';
    if (left === '' && line === (files[file]?.length ?? 0) - 1)
      return { files, isNamed: () => true };
    return { files, isNamed: (findings) => findings.some(names(file, line)) };
  },
};

describe('whatever processes wrote, rotated and mixed', () => {
  it('passes as it is, in any order of the files', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (script, reversed) => {
        const files = filesOf(script);
        expect((await check(reversed ? files.toReversed() : files)).findings).toEqual([]);
      }),
    );
  });

  it.each(Object.entries(MANIPULATIONS))('is found out where %s', async (_what, manipulate) => {
    const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(9_999), fc.nat(9_999), printable, async (script, ...how) => {
        const files = filesOf(script);
        const { files: changed, isNamed } = manipulate(files, ...how);
        expect(isNamed((await check(changed)).findings)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
