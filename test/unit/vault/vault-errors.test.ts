import { describe, expect, it } from 'vitest';
import { absentVersion, type Verdict, verdictOf } from '../../../src/vault/vault-errors.ts';

const errors = (...texts: string[]) => ({ errors: texts });
const deleted = {
  data: {
    data: null,
    metadata: {
      version: 4,
      created_time: '2026-01-01T00:00:00Z',
      deletion_time: '',
      destroyed: true,
    },
  },
};

/** Answers as Vault and OpenBao give them, and what they mean for us. */
const answers: readonly (readonly [string, number, unknown, Verdict])[] = [
  ['a value', 200, { data: {} }, 'ok'],
  ['no content', 204, undefined, 'ok'],
  ['a record that never was', 404, errors(), 'absent'],
  ['a record whose versions are deleted', 404, deleted, 'absent'],
  ['a mount that is not there', 404, errors('no handler for route "x/data/y".'), 'misconfigured'],
  ['a KV v1 path', 404, { warnings: ['Invalid path for a versioned K/V'] }, 'misconfigured'],
  ['a page of something else', 404, undefined, 'misconfigured'],
  [
    'a lost race',
    400,
    errors('check-and-set parameter did not match the current version'),
    'conflict',
  ],
  ['no cas', 400, errors('check-and-set parameter required for this call'), 'refused'],
  [
    'a fresh mount on a standby',
    400,
    errors('Waiting for the primary to upgrade from non-versioned to versioned data.'),
    'unavailable',
  ],
  [
    'a fresh mount',
    400,
    errors('Upgrading from non-versioned to versioned data. This backend will be unavailable.'),
    'unavailable',
  ],
  ['too many strings', 400, errors('refused JSON input due to high complexity'), 'refused'],
  ['a relative path', 400, errors('relative paths not supported'), 'refused'],
  ['an unprintable path', 400, undefined, 'refused'],
  ['a denial by policy', 403, errors('1 error occurred:\n\t* permission denied\n\n'), 'denied'],
  ['a dead token in OpenBao', 403, errors('permission denied'), 'denied'],
  ['a dead token in Vault', 403, errors('2 errors occurred:\n\t* invalid token'), 'denied'],
  ['a wrong method', 405, undefined, 'refused'],
  ['a standby that lags', 412, errors(), 'unavailable'],
  ['a body too large', 413, errors('http: request body too large'), 'refused'],
  ['a wrong content type', 415, errors('PATCH requires'), 'refused'],
  ['a quota', 429, errors('request path "x": rate limit quota exceeded'), 'unavailable'],
  ['a standby that lags behind the index', 429, errors(), 'unavailable'],
  ['a moved path', 301, undefined, 'unavailable'],
  ['a standby that cannot forward', 307, undefined, 'unavailable'],
  ['a broken storage', 500, errors('internal error'), 'unclear'],
  ['no leader', 500, errors('local node not active but active cluster node not found'), 'unclear'],
  ['a lost transaction', 500, errors('transaction commit failed'), 'unclear'],
  ['a value too large', 500, errors('put failed due to value being too large'), 'refused'],
  ['not initialised', 501, errors(), 'unavailable'],
  ['a broken plugin or proxy', 502, undefined, 'unclear'],
  ['sealed', 503, errors('Vault is sealed'), 'unavailable'],
  ['a proxy without a server', 503, undefined, 'unclear'],
  ['a proxy that waited too long', 504, undefined, 'unclear'],
];

describe('verdictOf', () => {
  it.each(answers)('knows %s', (_name, status, body, verdict) => {
    expect(verdictOf({ status, body })).toBe(verdict);
  });
});

describe('absentVersion', () => {
  it('is the last version of a deleted record, for the next check-and-set', () => {
    expect(absentVersion(deleted)).toBe(4);
  });

  it('is 0 where there never was one', () => {
    expect(absentVersion(errors())).toBe(0);
    expect(absentVersion(undefined)).toBe(0);
  });
});
