import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../../src/client/connection-settings.ts';
import { MACHINE, openConnection } from '../../../src/client/open-connection.ts';
import { SettingsError } from '../../../src/client/settings-error.ts';
import type { CertificatePair } from '../../../src/dev/certificates.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { OddAuthority } from '../../support/odd-certificates.ts';

const SETTINGS = { address: 'localhost:1', caFile: 'ca', certFile: 'cert', keyFile: 'key' };

let authority: OddAuthority;
let good: CertificatePair;
let weak: CertificatePair;

beforeAll(async () => {
  authority = await OddAuthority.create();
  const names = [{ type: 'url', value: 'spiffe://td/service' }] as const;
  good = await authority.issue({ names });
  weak = await authority.issue({ names, rsaBits: 1_024 });
});

/** A machine whose clock and files the test moves. */
function scene({ cert, key }: CertificatePair) {
  const clock = new ManualClock();
  const disk = new Map([
    ['ca', authority.cert],
    ['cert', cert],
    ['key', key],
  ]);
  const warnings: string[] = [];
  const readFile = (path: string) => disk.get(path) ?? '';
  const ports = { ...MACHINE, clock, readFile, watchFolder: () => () => undefined };
  const onWarning = (warning: string) => warnings.push(warning);
  const open = (settings: ConnectionSettings) => openConnection(settings, { onWarning }, ports);
  return { clock, disk, warnings, open };
}

function problemsOf(open: () => unknown): readonly string[] {
  try {
    open();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('a connection is not opened', () => {
  it('with wrong settings and wrong files: each is named', () => {
    const { open } = scene({ cert: 'planted', key: good.key });
    const problems = problemsOf(() => open({ ...SETTINGS, address: '10.0.0.1:1', caFile: 'none' }));
    expect(problems).toEqual([
      expect.stringContaining('TOKENVAULT_ADDRESS (10.0.0.1:1) is an IP address'),
      expect.stringContaining('TOKENVAULT_CA_FILE (none) must name a file of PEM certificates'),
      expect.stringContaining('TOKENVAULT_CERT_FILE (cert) must name a file of PEM certificates'),
    ]);
    expect(problems.join()).not.toContain('planted');
  });

  it('with a key that is too weak for TLS', () => {
    const { open } = scene(weak);
    expect(problemsOf(() => open(SETTINGS))).toEqual([
      expect.stringContaining('TLS takes no such certificate or key'),
    ]);
  });
});

describe('a connection that is open', () => {
  it('stays as it is where the next key is too weak for TLS, which is said', async () => {
    const { clock, disk, warnings, open } = scene(good);
    const connection = open(SETTINGS);
    disk.set('cert', weak.cert);
    disk.set('key', weak.key);
    await clock.advance(2_000);
    expect(warnings).toEqual([expect.stringContaining('TLS takes no such certificate or key')]);
    connection.close();
  });
});
