import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
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

/** Records decisions in one turn and ends it. @returns which of them were written */
function turn({ trail }: Pick<ReturnType<typeof openTrail>, 'trail'>, count = 1): boolean[] {
  const written: boolean[] = [];
  for (let one = 0; one < count; one += 1) trail.record(decision(), (was) => written.push(was));
  trail.flush();
  return written;
}

describe('an audit trail', () => {
  it('begins by saying which process, build and host it is of', () => {
    const { target } = openTrail();
    expect(parsed(target.lines)).toEqual([
      {
        time: '2026-01-01T00:00:00.000Z',
        instance: INSTANCE,
        key: KEYS.id,
        seq: 1,
        event: 'started',
        version: '1.2.3',
        host: 'host-1',
        tag: expect.any(String),
      },
    ]);
  });

  it('says of a decision who asked, for whom, what it was, and which token was given', () => {
    const { trail, target } = openTrail();
    const subject = trail.describe({
      userId: '108',
      oauthClient: 'default',
      scopes: ['openid'],
      generation: 3,
      accessToken: new Secret('ya29.canary'),
    });
    trail.record(decision({ method: 'GetAccessToken', subject }), () => undefined);
    trail.flush();
    expect(parsed(target.lines)[1]).toEqual({
      time: '2026-01-01T00:00:00.000Z',
      instance: INSTANCE,
      key: KEYS.id,
      seq: 2,
      event: 'decision',
      method: 'GetAccessToken',
      caller: 'spiffe://td/worker',
      proof: 'spiffe',
      requestId: 'request-1',
      code: 'OK',
      user: KEYS.userHash('108'),
      oauthClient: 'default',
      scopes: ['openid'],
      generation: 3,
      token: KEYS.tokenFingerprint(new Secret('ya29.canary')),
      tag: expect.any(String),
    });
    expect(target.text).not.toContain('108"');
    expect(target.text).not.toContain('ya29');
  });

  it('says why a call was refused, and nothing of a caller where nobody was proved', () => {
    const { trail, target } = openTrail();
    const failure = new Failure('CALLER_NOT_ALLOWED', {
      metadata: { deniedBy: 'scope', missingScopes: 'x' },
    });
    trail.record(
      decision({ caller: undefined, code: 'PERMISSION_DENIED', failure }),
      () => undefined,
    );
    trail.flush();
    const [, line] = parsed(target.lines);
    expect(line).toMatchObject({
      code: 'PERMISSION_DENIED',
      reason: 'CALLER_NOT_ALLOWED',
      deniedBy: 'scope',
    });
    expect(Object.keys(line ?? {})).not.toContain('caller');
    expect(Object.keys(line ?? {})).not.toContain('missingScopes');
  });

  it('names users in clear where that is configured', () => {
    expect(openTrail({ users: 'clear' }).trail.describe({ userId: '108' })).toBe(',"user":"108"');
    const named = { externalUserId: '42', rebound: true };
    expect(openTrail({ users: 'clear' }).trail.describe(named)).toBe(
      ',"externalUser":"42","rebound":true',
    );
    expect(openTrail().trail.describe(named)).not.toContain('"42"');
  });

  it('is ASCII whatever a caller is called', () => {
    const { trail, target } = openTrail();
    const caller = { id: 'https://issuer Zoë "\n𝄞', proof: 'jwt' } as const;
    trail.record(decision({ caller }), () => undefined);
    trail.flush();
    expect(target.text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(parsed(target.lines)[1]).toMatchObject({ caller: caller.id, proof: 'jwt' });
  });

  it('writes the decisions of one turn at once, in their order, and answers after that', async () => {
    const { trail, target } = openTrail();
    const before = target.appends;
    const seen: string[] = [];
    for (const requestId of ['a', 'b', 'c']) {
      trail.record(decision({ requestId }), () => seen.push(`${requestId} ${target.lines.length}`));
    }
    expect(seen).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(['a 4', 'b 4', 'c 4']);
    expect(target.appends).toBe(before + 1);
    expect(parsed(target.lines).map(({ requestId }) => requestId)).toEqual([
      undefined,
      'a',
      'b',
      'c',
    ]);
  });

  it('ends with a line that nothing can be cut off behind', async () => {
    const open = openTrail();
    turn(open, 2);
    open.trail.close();
    open.trail.close();
    expect(auditLinesOf(open.target.lines).map(({ event }) => event)).toEqual([
      'started',
      'decision',
      'decision',
      'stopped',
    ]);
    expect(open.target.closed).toBe(true);
    expect(turn(open)).toEqual([false]);
    expect((await verified({ a: open.target.text })).findings).toEqual([]);
  });
});

describe('a disk that takes no more', () => {
  it('is told once, and each decision learns that it is not written', () => {
    const open = openTrail();
    open.target.room = 0;
    expect(turn(open, 2)).toEqual([false, false]);
    expect(turn(open)).toEqual([false]);
    expect(open.trail.writable).toBe(false);
    const alerts = open.logger.lines.filter(({ event }) => event === 'audit_not_written');
    expect(alerts).toEqual([{ level: 'error', event: 'audit_not_written', problem: 'ENOSPC' }]);
    const lost = open.metrics.recorded.filter(({ labels }) => labels.outcome === 'lost');
    expect(lost).toHaveLength(3);
  });

  it('leaves a chain that says how many are missing, once it takes lines again', async () => {
    const open = openTrail();
    turn(open);
    open.target.room = 0;
    turn(open, 2);
    open.clock.jumpWall(5_000);
    turn(open, 3);
    open.target.room = Number.POSITIVE_INFINITY;
    expect(turn(open)).toEqual([true]);
    expect(open.trail.writable).toBe(true);
    expect(parsed(open.target.lines).slice(2)).toMatchObject([
      { seq: 3, event: 'lost', count: 5, since: '2026-01-01T00:00:00.000Z' },
      { seq: 4, event: 'decision' },
    ]);
    expect(open.logger.lines.at(-1)).toMatchObject({ event: 'audit_written_again' });
    open.trail.close();
    const { findings } = await verified({ a: open.target.text });
    expect(findings).toMatchObject([{ kind: 'lost', seq: 3, place: { file: 'a', line: 3 } }]);
  });

  it('is tried again each second, also while nobody calls', async () => {
    const open = openTrail();
    open.target.room = 0;
    turn(open);
    await open.clock.advance(1_000);
    expect(open.trail.writable).toBe(false);
    open.target.room = Number.POSITIVE_INFINITY;
    await open.clock.advance(1_000);
    expect(open.trail.writable).toBe(true);
    expect(auditLinesOf(open.target.lines).map(({ event }) => event)).toEqual(['started', 'lost']);
  });

  it('loses no line silently and writes none twice, wherever in the lines it is full', async () => {
    const whole = openTrail();
    turn(whole, 3);
    const { length } = whole.target.text;
    for (let room = 0; room <= length; room += 1) {
      const open = openTrail();
      const started = open.target.text.length;
      open.target.room = room;
      const first = turn(open, 3).filter((written) => written).length;
      open.target.room = Number.POSITIVE_INFINITY;
      const second = turn(open).length;
      open.trail.close();
      const { findings } = await verified({ a: open.target.text });
      const kinds = findings.map(({ kind }) => kind);
      expect(kinds, `${room} bytes`).not.toContain('altered');
      expect(kinds, `${room} bytes`).not.toContain('missing');
      const lines = auditLinesOf(open.target.lines.filter((line) => line.endsWith('"}')));
      const decisions = lines.filter(({ event }) => event === 'decision').length;
      const lost = /"count":(\d+)/.exec(open.target.text)?.[1] ?? '0';
      expect(decisions, `${room} bytes`).toBe(first + second);
      expect(Number(lost) + first, `${room} bytes`).toBe(3);
      expect(open.target.text.length).toBeGreaterThan(started);
    }
  });

  it('at the end leaves a chain without a stop, and an alert that explains it', async () => {
    const open = openTrail();
    turn(open);
    open.target.room = 0;
    open.trail.close();
    expect(open.logger.lines).toMatchObject([{ event: 'audit_not_written' }]);
    const { findings } = await verified({ a: open.target.text });
    expect(findings).toMatchObject([{ kind: 'no_stop', seq: 2 }]);
  });

  it('that is full from the start makes the chain begin when it is not', async () => {
    const open = openTrail();
    const full = openTrail({ target: Object.assign(open.target, { files: [''], room: 0 }) });
    expect(full.trail.writable).toBe(false);
    turn(full);
    open.target.room = Number.POSITIVE_INFINITY;
    turn(full);
    expect(auditLinesOf(open.target.lines).map(({ seq, event }) => [seq, event])).toEqual([
      [1, 'started'],
      [2, 'lost'],
      [3, 'decision'],
    ]);
  });
});

describe('a rotation', () => {
  it('goes on in the new file, which says what it follows', async () => {
    const open = openTrail();
    turn(open);
    open.target.rotated = true;
    open.trail.reopen();
    turn(open);
    open.trail.close();
    const [first = '', second = ''] = open.target.files;
    const last = auditLinesOf(first.trim().split('\n')).at(-1);
    expect(parsed(second.trim().split('\n'))).toMatchObject([
      { seq: 3, event: 'reopened', previous: last?.tag },
      { seq: 4, event: 'decision' },
      { seq: 5, event: 'stopped' },
    ]);
    expect((await verified({ new: second, old: first })).findings).toEqual([]);
  });

  it('takes what this turn has brought into the old file', async () => {
    const open = openTrail();
    const seen: boolean[] = [];
    open.trail.record(decision(), (written) => seen.push(written));
    open.target.rotated = true;
    open.trail.reopen();
    expect(seen).toEqual([true]);
    expect(open.target.files[0]?.trim().split('\n')).toHaveLength(2);
  });

  it('of a file that is the same says nothing', () => {
    const open = openTrail();
    open.trail.reopen();
    expect(open.target.lines).toHaveLength(1);
  });

  it('that cannot be followed is told, and the old file goes on', () => {
    const open = openTrail();
    open.target.onReopen = () => {
      throw Object.assign(new Error('denied'), { code: 'EACCES' });
    };
    open.trail.reopen();
    expect(turn(open)).toEqual([true]);
    expect(open.logger.lines).toContainEqual({
      level: 'error',
      event: 'audit_not_reopened',
      problem: 'EACCES',
    });
  });

  it('lets a trail write again that could not', async () => {
    const open = openTrail();
    open.target.room = 30;
    turn(open, 2);
    open.target.room = Number.POSITIVE_INFINITY;
    open.target.rotated = true;
    open.trail.reopen();
    open.trail.close();
    expect(open.trail.writable).toBe(false);
    const [old = '', fresh = ''] = open.target.files;
    const { findings } = await verified({ old, fresh });
    expect(findings.map(({ kind }) => kind)).toEqual(['torn', 'lost']);
  });
});

describe('a file that a killed process left in the middle of a line', () => {
  it('is gone on with on a line of its own', async () => {
    const killed = openTrail();
    turn(killed, 2);
    const left = killed.target.text.slice(0, -40);
    const target = Object.assign(openTrail().target, { files: [left] });
    const next = openTrail({ target, instance: 'f'.repeat(32) });
    next.trail.close();
    const { findings } = await verified({ a: target.text });
    expect(findings.map(({ kind, place }) => [kind, place.line])).toEqual([
      ['no_stop', 2],
      ['torn', 3],
    ]);
  });
});
