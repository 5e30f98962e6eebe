import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileFindings } from '../../../src/doctor/checks/audit.ts';
import { clockFinding } from '../../../src/doctor/checks/clock.ts';
import { secretFindings } from '../../../src/doctor/client-secrets.ts';
import { connectionRemedy } from '../../../src/doctor/connection-remedy.ts';
import { FINDING_IDS, type Finding } from '../../../src/doctor/finding.ts';
import { tokenFindings } from '../../../src/doctor/token-life.ts';
import type { CredentialsVerdict } from '../../../src/domain/oauth-provider.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { codeOf, sourceFiles } from '../../support/source-files.ts';

const short = (findings: readonly Finding[]) =>
  findings.map(({ severity, id }) => `${severity} ${id}`);

describe('what can be found', () => {
  it('is on the page of the command, and nothing else is', () => {
    const page = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `(\w+\.\w+)`/gm)].map(([, id]) => id);
    expect(documented).toEqual([...FINDING_IDS]);
  });

  it('can all be found', () => {
    const code = sourceFiles()
      .filter(({ path }) => path.startsWith('doctor/') && path !== 'doctor/finding.ts')
      .map((file) => codeOf(file, true))
      .join('\n');
    const never = FINDING_IDS.filter((id) => id !== 'check.skipped' && !code.includes(`'${id}'`));
    expect(never).toEqual([]);
  });
});

describe('a clock', () => {
  it.each([
    [0, 'ok clock.right'],
    [4_900, 'ok clock.right'],
    [-6_000, 'warning clock.differs'],
    [59_000, 'warning clock.differs'],
    [-61_000, 'error clock.differs'],
    [undefined, 'skipped check.skipped'],
  ])('that another is %s ms ahead of: %s', (aheadMs, expected) => {
    expect(short([clockFinding('Google', aheadMs)])).toEqual([expected]);
  });

  it('is said to be on the right side of the other', () => {
    expect(clockFinding('Google', 90_000).text).toContain('is 90 s behind that of Google');
    expect(clockFinding('Google', -90_000).text).toContain('is 90 s ahead of that of Google');
  });
});

describe('the token of the service', () => {
  const token = { policies: ['default'], ttlS: 2_000_000, lifeS: 2_764_800, usesLeft: 0 };

  it.each([
    ['of which much is left', token, []],
    ['that never ends', { ...token, ttlS: 0, lifeS: 0 }, []],
    ['that nobody renews', { ...token, ttlS: 690_000 }, ['warning access.token_ends_soon']],
    ['that lives short and is young', { ...token, ttlS: 50, lifeS: 60 }, []],
    ['with few uses', { ...token, usesLeft: 3 }, ['error access.token_uses']],
    ['that may not look at itself', undefined, ['error access.no_lookup']],
  ])('%s', (_what, looked, expected) => {
    expect(short(tokenFindings(looked))).toEqual(expected);
  });

  it('is said to end in a time that can be read', () => {
    const texts = [90, 600, 10_000, 400_000].map(
      (ttlS) => tokenFindings({ ...token, ttlS })[0]?.text,
    );
    expect(texts.map((text) => /ends in ([^,]+),/.exec(text ?? '')?.[1])).toEqual([
      '90 seconds',
      '10 minutes',
      '2 hours',
      '4 days',
    ]);
  });
});

describe('the secrets of an OAuth client', () => {
  const states = (...acceptances: readonly CredentialsVerdict[]) =>
    acceptances.map((acceptance) => ({ secret: new Secret('GOCSPX-a-secret-1111'), acceptance }));

  it.each<[readonly CredentialsVerdict[], readonly string[]]>([
    [['accepted'], ['ok clients.good']],
    [['accepted', 'accepted'], ['ok clients.good']],
    [['accepted', 'no_answer'], ['ok clients.good']],
    [
      ['accepted', 'rejected'],
      ['ok clients.good', 'warning clients.previous_secret_rejected'],
    ],
    [['rejected'], ['error clients.secret_rejected']],
    [['rejected', 'rejected'], ['error clients.secret_rejected']],
    [['rejected', 'accepted'], ['warning clients.secret_rejected']],
    [['disabled'], ['error clients.disabled']],
    [['no_answer', 'accepted'], ['warning clients.unproved']],
  ])('of which Google says %j', (said, expected) => {
    const place = { alias: 'default', configMount: 'tokenvault-config' };
    expect(short(secretFindings(place, states(...said)))).toEqual(expected);
  });
});

describe('the file of the audit', () => {
  const full = { kind: 'writable', freeBytes: 5 * 1024 * 1024, isShared: false } as const;

  it('has room, above all where calls fail without it', () => {
    expect(short(fileFindings('audit.log', full, false))).toEqual(['warning audit.disk_full']);
    expect(short(fileFindings('audit.log', full, true))).toEqual(['error audit.disk_full']);
    expect(fileFindings('audit.log', full, true)[0]?.text).toContain('5 MiB are left');
  });
});

describe('an address that gives no answer', () => {
  it.each([
    ['ENOTFOUND', /name servers/],
    ['ECONNREFUSED', /Nothing listens/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /issued its certificate: look at the CA\./],
    ['TIMEOUT', /firewalls/],
  ])('comes with what to look at: %s', (code, remedy) => {
    expect(connectionRemedy(code, 'look at the CA.')).toMatch(remedy);
  });
});
