import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/verify/finding.ts';
import { Writer, writeFiles } from '../../support/audit-files.ts';
import { verified } from '../../support/audit-fixture.ts';

/** What is found in one file, as `line kind seq`. */
async function found(lines: readonly string[], end = '\n'): Promise<readonly string[]> {
  const { findings } = await verified({ f: lines.join('\n') + end });
  return findings.map(briefly);
}

function briefly({ kind, place, seq }: Finding): string {
  return `${place.line} ${kind} ${seq ?? '-'}`;
}

/** Lines 1 to 6 of one process; the last one says that it stopped. */
function six(): string[] {
  return [...(writeFiles(['a', 'a', 'a', 'a', 'a'])[0] ?? [])];
}

function swap(lines: string[], one: number, other: number): string[] {
  const [first = '', second = ''] = [lines[one], lines[other]];
  lines[one] = second;
  lines[other] = first;
  return lines;
}

function without(lines: readonly string[], index: number): string[] {
  return lines.filter((_line, at) => at !== index);
}

function edited(lines: readonly string[], index: number, change: (line: string) => string) {
  return lines.map((line, at) => (at === index ? change(line) : line));
}

describe('the check of an audit', () => {
  it('finds nothing in what a process wrote, and says what was there', async () => {
    const report = await verified({ f: `${six().join('\n')}\n` });
    expect(report.findings).toEqual([]);
    expect(report.chains).toMatchObject([{ instance: 'a'.repeat(32), lines: 6 }]);
  });

  it('names a line whose text was edited, and no other', async () => {
    expect(await found(edited(six(), 2, (line) => line.replace('T00:', 'T01:')))).toEqual([
      '3 altered 3',
    ]);
  });

  it('names a line whose tag was edited, and no other', async () => {
    const other = (line: string) => line.replace(/"tag":"./, (start) => `${start.slice(0, -1)}~`);
    expect(await found(edited(six(), 2, other))).toEqual(['3 altered -', '4 missing 4']);
    const valid = (line: string) =>
      line.replace(/"tag":"(.)/, (_all, first) => `"tag":"${first === 'A' ? 'B' : 'A'}`);
    expect(await found(edited(six(), 2, valid))).toEqual(['3 altered 3']);
  });

  it.each<[string, (line: string) => string, readonly string[]]>([
    [
      'number',
      (line) => line.replace('"seq":3', '"seq":9'),
      ['4 missing 4', '3 missing 9', '3 no_stop 9', '3 moved 9'],
    ],
    [
      'instance',
      (line) => line.replace('aaaa', 'bbbb'),
      ['4 missing 4', '3 altered 3', '3 no_stop 3'],
    ],
    ['key', (line) => line.replace(/"key":"./, '"key":"~'), ['3 altered -', '4 missing 4']],
    ['end', (line) => line.slice(0, -1), ['3 altered 3', '4 missing 4']],
    ['whole', () => 'nothing of the audit', ['3 altered -', '4 missing 4']],
    ['whole, by nothing', () => '', ['3 altered -', '4 missing 4']],
  ])('names a line whose %s was edited', async (_what, change, expected) => {
    expect(await found(edited(six(), 2, change))).toEqual(expected);
  });

  it('names the place of a line that was taken out', async () => {
    expect(await found(without(six(), 2))).toEqual(['3 missing 4']);
  });

  it('names lines that changed places', async () => {
    expect(await found(swap(six(), 2, 3))).toEqual(['4 moved 3']);
    expect(await found(swap(six(), 1, 4))).toEqual(['2 moved 5', '5 moved 2']);
  });

  it('names a line that is there twice', async () => {
    const lines = six();
    lines.splice(4, 0, lines[2] ?? '');
    expect(await found(lines)).toEqual(['5 repeated 3']);
  });

  it('says where lines at the end may be missing', async () => {
    expect(await found(six().slice(0, 4))).toEqual(['4 no_stop 4']);
  });

  it('says where lines at the beginning may be missing', async () => {
    expect(await found(six().slice(2))).toEqual(['1 no_start 3']);
  });

  it('tells a line that a kill has torn from one that was edited', async () => {
    const lines = six().slice(0, 4);
    const torn = [...lines.slice(0, 3), lines[3]?.slice(0, 150) ?? ''];
    expect(await found(torn, '')).toEqual(['3 no_stop 3', '4 torn 4']);
    const inTheMiddle = edited(six(), 3, (line) => line.slice(0, 150));
    expect(await found(inTheMiddle)).toEqual(['4 altered 4', '5 missing 5']);
    expect(await found([...lines, '{"ti'], '')).toEqual(['5 torn -', '4 no_stop 4']);
  });

  it.each([
    ['a long text that only begins like a line', `{"time":"${'x'.repeat(90)}`],
    ['a line with what no line is written with', null],
  ])('takes %s for no line', async (_what, text) => {
    const lines = six();
    const put = text ?? (lines[2] ?? '').replace('"event":"decision"', '$&,"host":"\u001b[2J"');
    lines.splice(2, 1, put);
    expect(await found(lines)).toEqual(['3 altered -', '4 missing 4']);
  });

  it('needs the key of a line', async () => {
    const { findings } = await verified({
      f: six()
        .map((line) => line.replaceAll(/"key":"[^"]*"/g, '"key":"AAAAAAAA"'))
        .join('\n'),
    });
    expect(findings.map(briefly)).toEqual(['1 unknown_key 1']);
  });
});

describe('a chain in several files', () => {
  const files = () => writeFiles(['a', 'b', 'a', 'r', 'b', 'a', 'r', 'a', 'b']);
  const given = async (order: readonly number[]) => {
    const all = files();
    const named = order.map((at): [string, string] => [`f${at}`, (all[at] ?? []).join('\n')]);
    const { findings } = await verified(Object.fromEntries(named));
    return findings.map((finding) => `${finding.place.file}:${briefly(finding)}`);
  };

  it('is whole in whatever order they are given', async () => {
    expect(await given([0, 1, 2])).toEqual([]);
    expect(await given([2, 0, 1])).toEqual([]);
  });

  it('is missing what was in a file that is not there', async () => {
    expect(await given([0, 2])).toEqual(['f2:1 missing 5', 'f2:2 missing 4']);
  });

  it('begins and ends openly where the first or the last is not there', async () => {
    expect(await given([1])).toEqual([
      'f1:1 no_start 3',
      'f1:4 no_stop 4',
      'f1:2 no_start 2',
      'f1:3 no_stop 3',
    ]);
  });

  it('is there twice where a file is given twice', async () => {
    const [first = []] = files();
    const { findings } = await verified({ one: first.join('\n'), two: first.join('\n') });
    expect(findings.filter(({ kind }) => kind === 'repeated')).toHaveLength(2);
  });

  it('is checked at its seams: a first line that was edited is named', async () => {
    const [first = [], second = []] = files();
    const changed = second.map((line, at) => (at === 1 ? line.replace('T00:', 'T01:') : line));
    const { findings } = await verified({ a: first.join('\n'), b: changed.join('\n') });
    expect(findings.map((one) => `${one.place.file}:${briefly(one)}`)).toContain('b:2 altered 2');
  });

  it('is not scattered over files that a process never wrote in turns', async () => {
    const [one = '', two = '', three = '', four = '', ...rest] = six();
    const { findings } = await verified({
      a: [one, three, four, ...rest].join('\n'),
      b: two,
    });
    expect(findings.map((one) => `${one.place.file}:${briefly(one)}`)).toEqual(['a:1 moved 1']);
  });

  it('is held to what a cut-off file says that it follows', async () => {
    const writer = new Writer('a');
    writer.next();
    const forged = writer.reopened().replace(/"previous":"./, (text) => `${text.slice(0, -1)}_`);
    const { findings } = await verified({ f: [forged, writer.next('stopped')].join('\n') });
    expect(findings.map(briefly)).toEqual(['1 altered 2', '1 no_start 2']);
  });
});
