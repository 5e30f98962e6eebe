import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { AUDIT_KEY, decision, INSTANCE, KEYS, openTrail } from '../../support/audit-fixture.ts';
import { typeCommand } from '../../support/cli-terminal.ts';

/** Two tokens for alice and one for bob, in clear or hashed. */
function audited(users: 'hashed' | 'clear' = 'hashed'): string {
  const { trail, target } = openTrail({ users });
  for (const [userId, token] of [
    ['alice', 'ya29.one'],
    ['bob', 'ya29.two'],
    ['alice', 'ya29.three'],
  ] as const) {
    const subject = trail.describe({ userId, accessToken: new Secret(token) });
    trail.record(decision({ method: 'GetAccessToken', subject }), () => undefined);
  }
  trail.close();
  return target.text;
}

const whole = audited();
const lines = whole.trim().split('\n');
const files = {
  'audit.log': whole,
  'running.log': `${lines.slice(0, 3).join('\n')}\n`,
  'edited.log': whole.replace('"seq":3,"event":"decision"', '"seq":3,"event":"decisive"'),
  'clear.log': audited('clear'),
  'keys.txt': `${Buffer.alloc(32, 9).toString('base64')}\n${AUDIT_KEY.reveal()}\n`,
  'other.txt': Buffer.alloc(32, 9).toString('base64'),
  'no-key.txt': 'a password',
  'empty.log': '',
  'token.txt': 'ya29.three\n',
};
const WITH_KEY = ['--key-file', 'keys.txt'];

const audit = (...args: readonly string[]) => typeCommand(['audit', ...args], { files });

describe('`tokenvault audit verify`', () => {
  const times = '2026-01-01T00:00:00.000Z to 2026-01-01T00:00:00.000Z';

  it('ends with 0 where everything is as it was written', async () => {
    expect(await audit('verify', 'audit.log', ...WITH_KEY)).toEqual({
      exitCode: 0,
      stdout: [
        `instance ${INSTANCE} on host-1: 5 lines, ${times}`,
        '1 instances, 5 lines: the whole account, as it was written.',
      ],
      stderr: [],
    });
  });

  it('ends with 3 where the end is missing, which a kill explains', async () => {
    const { exitCode, stdout } = await audit('verify', 'running.log', ...WITH_KEY);
    expect(exitCode).toBe(3);
    expect(stdout).toEqual([
      `running.log:3 ends without a stop: the process was killed, still runs, or lines were cut off; instance ${INSTANCE}; number 3`,
      `instance ${INSTANCE} on host-1: 3 lines, ${times}`,
      '1 instances, 3 lines: as they were written, but not the whole account.',
    ]);
  });

  it('ends with 3 where a file was emptied, whatever the others hold', async () => {
    const line = 'empty.log:1 holds nothing: it was emptied, or nothing was written to it yet';
    const alone = await audit('verify', 'empty.log', ...WITH_KEY);
    expect(alone.exitCode).toBe(3);
    expect(alone.stdout).toEqual([
      line,
      '0 instances, 0 lines: as they were written, but not the whole account.',
    ]);
    const beside = await audit('verify', 'audit.log', 'empty.log', ...WITH_KEY);
    expect(beside.exitCode).toBe(3);
    expect(beside.stdout).toContain(line);
  });

  it('ends with 1 where a line was edited, and names it', async () => {
    const { exitCode, stdout } = await audit('verify', 'edited.log', ...WITH_KEY);
    expect(exitCode).toBe(1);
    expect(stdout).toEqual([
      `edited.log:3 altered; instance ${INSTANCE}; number 3; its tag is not of this text in this place`,
      `instance ${INSTANCE} on host-1: 5 lines, ${times}`,
      '1 instances, 5 lines: NOT as they were written.',
    ]);
  });

  it('ends with 1 where the key is not there', async () => {
    const { exitCode, stdout } = await audit('verify', 'audit.log', '--key-file', 'other.txt');
    expect(exitCode).toBe(1);
    expect(stdout[0]).toBe(
      `audit.log:1 cannot be checked; instance ${INSTANCE}; number 1; the key ${KEYS.id} was not given`,
    );
  });

  it('ends with 4 where Vault cannot be asked for the key', async () => {
    const env = { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'hvs.token' };
    expect(await typeCommand(['audit', 'verify', 'audit.log'], { files, env })).toEqual({
      exitCode: 4,
      stdout: [],
      stderr: [expect.stringContaining('Vault cannot be reached (ECONNREFUSED)')],
    });
  });

  it.each([
    [['verify', 'gone.log', ...WITH_KEY], 'Cannot read the audit file gone.log: check the path.'],
    [
      ['verify', 'audit.log', '--key-file', 'no-key.txt'],
      'The file no-key.txt must hold keys alone, base64 of 32 bytes, one on each line.',
    ],
    [
      ['show', 'audit.log', ...WITH_KEY],
      'Say what to look for: `--user ID` or `--token-file FILE`.',
    ],
  ])('refuses %j with 2', async (args, sentence) => {
    expect(await audit(...args)).toEqual({ exitCode: 2, stdout: [], stderr: [sentence] });
  });

  it('unpacks what is packed', async () => {
    const packed = gzipSync(whole);
    const pieces = { 'audit.log.1.gz': packed.toString('latin1') };
    const { exitCode } = await typeCommand(['audit', 'verify', 'audit.log.1.gz', ...WITH_KEY], {
      files: { ...files, ...pieces },
    });
    expect(exitCode).toBe(0);
  });
});

describe('`tokenvault audit show`', () => {
  it.each(['audit.log', 'clear.log'] as const)('prints those about a user, of %s', async (file) => {
    const { stdout, exitCode } = await audit('show', '--user', 'alice', file, ...WITH_KEY);
    const all = files[file].trim().split('\n');
    expect(stdout).toEqual([all[1], all[3]]);
    expect(exitCode).toBe(0);
  });

  it('prints the lines that handed out a token', async () => {
    const { stdout } = await audit('show', '--token-file', 'token.txt', 'audit.log', ...WITH_KEY);
    expect(stdout).toEqual([lines[3]]);
    const typed = await typeCommand(
      ['audit', 'show', '--token-file', '-', 'audit.log', ...WITH_KEY],
      {
        files,
        stdin: 'ya29.two',
      },
    );
    expect(typed.stdout).toEqual([lines[2]]);
  });
});

describe('`tokenvault audit hash-user`', () => {
  it('hashes as many as come on stdin, one on each line', async () => {
    const args = ['audit', 'hash-user', '-', ...WITH_KEY];
    const { stdout } = await typeCommand(args, { files, stdin: 'alice\nbob\n' });
    expect(stdout).toHaveLength(4);
    expect(stdout).toContain(`${KEYS.userHash('alice')} alice`);
    expect(stdout).toContain(`${KEYS.userHash('bob')} bob`);
  });

  it('says what stands for a user, for each key', async () => {
    const { stdout } = await audit('hash-user', 'alice', ...WITH_KEY);
    expect(stdout).toHaveLength(2);
    expect(stdout).toContain(`${KEYS.userHash('alice')} (key ${KEYS.id})`);
  });
});
