import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FollowedFiles } from '../../../src/client/followed-files.ts';
import { type FileTexts, readTexts, trustFiles } from '../../../src/client/read-credentials.ts';
import { type CertificatePair, createCertificateAuthority } from '../../../src/dev/certificates.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const FILES = trustFiles({ address: 'a:1', caFile: 'ca', certFile: 'cert', keyFile: 'key' });

let ca: string;
let old: CertificatePair;
let fresh: CertificatePair;

let disk: Map<string, string>;
let clock: ManualClock;
let taken: FileTexts[];
let warnings: string[];
let answer: string | undefined;
let isLoggerGone: boolean;
let hint: () => void;
let followed: FollowedFiles;

beforeAll(async () => {
  const authority = await createCertificateAuthority('test');
  ca = authority.cert;
  [old, fresh] = await Promise.all([
    authority.issueClient('spiffe://td/old'),
    authority.issueClient('spiffe://td/new'),
  ]);
});

beforeEach(() => {
  clock = new ManualClock();
  [taken, warnings, answer, isLoggerGone] = [[], [], undefined, false];
  disk = new Map([
    ['ca', ca],
    ['cert', old.cert],
    ['key', old.key],
  ]);
  const readFile = (path: string) => {
    const text = disk.get(path);
    if (text === undefined) throw Object.assign(new Error(), { code: 'ENOENT' });
    return text;
  };
  const take = async (texts: FileTexts) => {
    taken.push(texts);
    return answer;
  };
  followed = new FollowedFiles(
    FILES,
    { first: readTexts(FILES, readFile).texts, take },
    {
      clock,
      readFile,
      watchFolder: (_folder, changed) => {
        hint = changed;
        return () => undefined;
      },
      onWarning: (warning) => {
        if (isLoggerGone) throw new Error('planted');
        warnings.push(warning);
      },
    },
  );
});

function replace({ cert, key }: CertificatePair): void {
  disk.set('cert', cert);
  disk.set('key', key);
}

describe('files of a connection that are replaced', () => {
  it('are taken, once, soon after the system has told of it', async () => {
    await clock.advance(500);
    replace(fresh);
    hint();
    await clock.advance(200);
    expect(taken.map(({ certFile }) => certFile)).toEqual([fresh.cert.trim()]);
    await clock.advance(10_000);
    expect(taken).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('are taken soon also where the system tells of nothing', async () => {
    replace(fresh);
    await clock.advance(1_100);
    expect(taken).toHaveLength(1);
  });

  it('are not taken half written', async () => {
    disk.set('cert', fresh.cert);
    hint();
    await clock.advance(100);
    expect(taken).toEqual([]);
    disk.set('key', fresh.key);
    hint();
    await clock.advance(200);
    expect(taken).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('are passed over while they do not belong together, which is said once', async () => {
    disk.set('cert', fresh.cert);
    await clock.advance(10_000);
    expect(taken).toEqual([]);
    expect(warnings).toEqual([
      'TOKENVAULT_KEY_FILE (key) must name the private key of the certificate in cert. The files from before stay in use.',
    ]);
    disk.set('key', fresh.key);
    await clock.advance(1_100);
    expect(taken).toHaveLength(1);
  });

  it.each<[string, string | undefined, string]>([
    ['is gone', undefined, 'does not exist'],
    ['is broken', 'planted', 'is not one'],
  ])('are passed over while one %s', async (_what, text, says) => {
    if (text === undefined) disk.delete('ca');
    else disk.set('ca', text);
    await clock.advance(5_000);
    expect(taken).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^TOKENVAULT_CA_FILE \(ca\) must name/)]);
    expect(warnings[0]).toContain(says);
    expect(warnings[0]).not.toContain('planted');
  });

  it('are tried again now and then where no connection comes of them', async () => {
    answer = 'No connection.';
    replace(fresh);
    await clock.advance(1_200);
    expect(taken).toHaveLength(1);
    expect(warnings).toEqual(['No connection. The files from before stay in use.']);
    answer = undefined;
    await clock.advance(7_000);
    expect(taken).toHaveLength(2);
    await clock.advance(20_000);
    expect([taken.length, warnings.length]).toEqual([2, 1]);
  });

  it('are followed on where nobody can be told what is wrong, who is told later', async () => {
    isLoggerGone = true;
    disk.set('cert', fresh.cert);
    await clock.advance(5_000);
    isLoggerGone = false;
    await clock.advance(5_000);
    expect(warnings).toHaveLength(1);
    isLoggerGone = true;
    disk.set('ca', 'broken');
    await clock.advance(5_000);
    disk.set('ca', ca);
    disk.set('key', fresh.key);
    await clock.advance(1_100);
    expect(taken).toHaveLength(1);
  });

  it('are left alone after the end', async () => {
    followed.stop();
    replace(fresh);
    await clock.advance(10_000);
    expect(taken).toEqual([]);
  });
});
