import { describe, expect, it } from 'vitest';
import { AuditKeys } from '../../../src/audit/audit-keys.ts';
import { BEGINNING, Chain, type Link } from '../../../src/audit/chain.ts';
import { fieldsText } from '../../../src/audit/decision-text.ts';
import { Secret } from '../../../src/domain/secret.ts';
import {
  auditLinesOf,
  decision,
  INSTANCE,
  KEYS,
  openTrail,
  parsed,
  verified,
} from '../../support/audit-fixture.ts';

const NEXT = new AuditKeys(new Secret(Buffer.alloc(32, 8).toString('base64url')));
const THIRD = new AuditKeys(new Secret(Buffer.alloc(32, 9).toString('base64url')));

type Open = ReturnType<typeof openTrail>;

function turn({ trail }: Open): boolean {
  let written = false;
  trail.record(decision(), (was) => {
    written = was;
  });
  trail.flush();
  return written;
}

const events = ({ target }: Open) => auditLinesOf(target.lines).map(({ event }) => event);

/** What the log says of it. */
const rekeyings = ({ logger }: Open) =>
  logger.lines
    .filter(({ event }) => event === 'audit_rekeyed')
    .map(({ key, previousKey }) => ({ key, previousKey }));

async function kinds(files: Readonly<Record<string, string>>, ...keys: readonly AuditKeys[]) {
  const { findings } = await verified(files, ...keys);
  return findings.map(({ kind, seq }) => `${kind} ${seq}`);
}

describe('an audit whose key is replaced', () => {
  it('goes on from a line that says which key the one before has', async () => {
    const open = openTrail();
    turn(open);
    open.trail.rekey(NEXT);
    turn(open);
    open.trail.close();
    const tags = auditLinesOf(open.target.lines).map(({ tag }) => tag);
    expect(parsed(open.target.lines).slice(1)).toMatchObject([
      { seq: 2, event: 'decision', key: KEYS.id },
      { seq: 3, event: 'rekeyed', key: NEXT.id, previousKey: KEYS.id, previous: tags[1] },
      { seq: 4, event: 'decision', key: NEXT.id },
      { seq: 5, event: 'stopped', key: NEXT.id },
    ]);
    expect(rekeyings(open)).toEqual([{ key: NEXT.id, previousKey: KEYS.id }]);
    expect(await kinds({ a: open.target.text }, NEXT, KEYS)).toEqual([]);
    expect(await kinds({ a: open.target.text }, NEXT)).toEqual(['unknown_key 1']);
    expect(await kinds({ a: open.target.text }, KEYS)).toEqual(['unknown_key 3']);
  });

  it('writes what this turn has brought with the key that it was described with', () => {
    const open = openTrail();
    const subject = open.trail.describe({ userId: '108' });
    open.trail.record(decision({ subject }), () => undefined);
    open.trail.rekey(NEXT);
    const after = open.trail.describe({ userId: '108' });
    open.trail.record(decision({ subject: after }), () => undefined);
    open.trail.flush();
    expect(parsed(open.target.lines).filter(({ user }) => user)).toMatchObject([
      { key: KEYS.id, user: KEYS.userHash('108') },
      { key: NEXT.id, user: NEXT.userHash('108') },
    ]);
    expect(open.trail.keyId).toBe(NEXT.id);
  });

  it('has no line for a key that is the same', () => {
    const open = openTrail();
    open.trail.rekey(KEYS);
    expect(events(open)).toEqual(['started']);
    expect(rekeyings(open)).toEqual([]);
  });

  it('begins with the new one where nothing was written yet', async () => {
    const open = openTrail();
    const full = openTrail({ target: Object.assign(open.target, { files: [''], room: 0 }) });
    full.trail.rekey(NEXT);
    open.target.room = Number.POSITIVE_INFINITY;
    turn(full);
    full.trail.close();
    expect(events(open)).toEqual(['started', 'decision', 'stopped']);
    expect(await kinds({ a: open.target.text }, NEXT)).toEqual([]);
  });

  it('names the last key that is in the file, however often it was replaced on a full disk', async () => {
    const open = openTrail();
    open.target.room = 0;
    open.trail.rekey(NEXT);
    open.trail.rekey(THIRD);
    expect(rekeyings(open)).toEqual([]);
    open.target.room = Number.POSITIVE_INFINITY;
    turn(open);
    expect(rekeyings(open)).toEqual([{ key: THIRD.id, previousKey: KEYS.id }]);
    open.trail.close();
    expect(parsed(open.target.lines)[1]).toMatchObject({ key: THIRD.id, previousKey: KEYS.id });
    expect(await kinds({ a: open.target.text }, THIRD, NEXT, KEYS)).toEqual([]);
  });

  it('leaves a whole chain wherever in its line the disk is full', async () => {
    const length = openTrail();
    const before = length.target.text.length;
    length.trail.rekey(NEXT);
    for (let room = 0; room <= length.target.text.length - before; room += 1) {
      const open = openTrail();
      open.target.room = room;
      open.trail.rekey(NEXT);
      open.target.room = Number.POSITIVE_INFINITY;
      turn(open);
      open.trail.close();
      const found = await kinds({ a: open.target.text }, NEXT, KEYS);
      const others = found.filter((kind) => !kind.startsWith('torn'));
      expect(others, `${room} bytes`).toEqual([]);
    }
  });

  it('says it in the first line of the next file, where both came at once', async () => {
    const open = openTrail();
    turn(open);
    open.target.room = 0;
    open.trail.rekey(NEXT);
    open.target.rotated = true;
    open.trail.reopen();
    open.target.room = Number.POSITIVE_INFINITY;
    turn(open);
    open.trail.close();
    const [first = '', second = ''] = open.target.files;
    expect(parsed(second.trim().split('\n'))).toMatchObject([
      { event: 'reopened', key: NEXT.id, previousKey: KEYS.id },
      { event: 'decision' },
      { event: 'stopped' },
    ]);
    expect(await kinds({ new: second, old: first }, NEXT, KEYS)).toEqual([]);
  });
});

describe('the check of an audit with two keys', () => {
  const time = '2026-01-01T00:00:00.000Z';
  const decided = fieldsText({ event: 'decision', method: 'GetUser' });

  /** A chain as whoever has these keys would write it. */
  function written(lines: readonly (readonly [AuditKeys, string])[], from: Link = BEGINNING) {
    let last = from;
    let text = '';
    for (const [keys, fields] of lines) {
      const line = new Chain({ keys, instance: INSTANCE }).line(last, time, fields);
      last = line;
      text += line.text;
    }
    return text;
  }
  const started = [KEYS, fieldsText({ event: 'started', version: '1', host: 'h' })] as const;

  it('names a line of another key that does not say so', async () => {
    const text = written([started, [NEXT, decided], [NEXT, fieldsText({ event: 'stopped' })]]);
    expect(await kinds({ a: text }, NEXT, KEYS)).toContain('altered 2');
  });

  it('names a line that says so of a key that was not the one before', async () => {
    const rekeyed = fieldsText({ event: 'rekeyed', previousKey: THIRD.id, previous: '' });
    const text = written([started, [NEXT, rekeyed], [NEXT, fieldsText({ event: 'stopped' })]]);
    expect(await kinds({ a: text }, NEXT, THIRD, KEYS)).toContain('altered 2');
  });

  it.each(['in one file', 'in two'])(
    'finds lines that the holder of the old key wrote anew before the change, %s',
    async (where) => {
      const open = openTrail();
      turn(open);
      open.target.room = where === 'in two' ? 0 : open.target.room;
      open.trail.rekey(NEXT);
      open.target.rotated = where === 'in two';
      open.trail.reopen();
      open.target.room = Number.POSITIVE_INFINITY;
      open.trail.close();
      const genuine = open.target.lines;
      const forged = written([started, [KEYS, fieldsText({ event: 'decision', method: 'X' })]]);
      const rest = `${genuine.slice(2).join('\n')}\n`;
      const files: Record<string, string> =
        where === 'in two' ? { a: forged, b: rest } : { a: forged + rest };
      expect(await kinds(files, NEXT, KEYS)).toEqual(['altered 3']);
    },
  );
});
