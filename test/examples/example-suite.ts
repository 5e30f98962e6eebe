import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { steadyPorts } from '../support/steady-ports.ts';
import { startReluctantServer } from './reluctant-server.ts';
import { openScene, type Scene, USER } from './scene.ts';
import { isThere } from './workplace.ts';

/** Downloads and builds are slow on a machine that has never seen them. */
const INSTALL_MS = 600_000;
/** The program's own deadline, and what its start takes on a busy machine. */
const GIVES_UP_MS = 30_000;
const LISTED = { code: 0, stdout: 'settings.json\nnotes.txt\nbackup-2026-11-01.csv\n' };

/**
 * The example of a language, made and run by its README alone, on a real TokenVault. Where one of
 * `tools` does not answer it is neither passed nor failed. `ownTests` runs those that it brings.
 */
export function exampleSuite(
  language: string,
  tools: readonly (readonly string[])[],
  ownTests?: string,
): void {
  const missing = tools.find((command) => !isThere(command));
  if (missing !== undefined) {
    process.stderr.write(`examples/${language} is left out: "${missing.join(' ')}" fails here.\n`);
  }
  describe.skipIf(missing !== undefined)(`examples/${language}`, () => {
    let opened: Scene;
    const scene = () => opened;
    beforeAll(async () => {
      opened = await openScene(language);
    });
    afterAll(() => opened.close());

    itIsMade(scene);
    if (ownTests !== undefined) itPasses(ownTests, scene);
    itGetsTokens(scene);
    itSaysWhatToDo(scene);
  });
}

function itIsMade(scene: () => Scene): void {
  const follow = async (heading: string) => {
    const { code, stdout, stderr } = await scene().place.follow(heading);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
  };

  it(
    'is made in an empty directory by its README alone',
    async () => {
      await follow('## Install');
      await follow('## Generate');
    },
    INSTALL_MS,
  );
}

function itPasses(ownTests: string, scene: () => Scene): void {
  it(
    'passes the tests that it brings',
    async () => {
      const { code, stdout, stderr } = await scene().place.type(ownTests);
      expect(code, `${stdout}\n${stderr}`).toBe(0);
    },
    INSTALL_MS,
  );
}

function itGetsTokens(scene: () => Scene): void {
  it('lists the files of a user who is offline', async () => {
    expect(await scene().run()).toMatchObject(LISTED);
  });

  it('gets a new token, once, where Google refuses the one it has', async () => {
    const { world, run } = scene();
    const refreshes = () => world.google.requests.count('/token', { grant_type: 'refresh_token' });
    const before = refreshes();
    world.google.faults.add({ path: '/drive', status: 401 });
    expect(await run()).toMatchObject(LISTED);
    expect(refreshes()).toBe(before + 1);
  });

  it('repeats a call where TokenVault says that this helps', async () => {
    const { app, run } = scene();
    const { accessToken } = await app.calls.getToken(USER);
    await using server = await startReluctantServer(accessToken);
    expect(await run(server)).toMatchObject(LISTED);
    expect(server.calls()).toBe(2);
  });
}

function itSaysWhatToDo(scene: () => Scene): void {
  it('says that a revoked user has to connect again', async () => {
    const { app, run } = scene();
    await app.calls.signIn('revoked');
    await app.calls.revoke('revoked');
    const { code, stdout, stderr } = await run({ userId: 'revoked' });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('USER_REVOKED: ask the user to connect');
  });

  it('learns by a 401 that the user has ended the grant at Google', async () => {
    const { app, world, run } = scene();
    await app.calls.signIn('ended');
    await app.calls.getToken('ended');
    await world.google.revokeUser('ended');
    const { code, stdout, stderr } = await run({ userId: 'ended' });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('USER_RECONSENT_REQUIRED: ask the user to connect');
  });

  it('says whom to ask where the policy gives it no right', async () => {
    const { code, stdout, stderr } = await scene().run({ caller: 'account-service' });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/CALLER_NOT_ALLOWED: ask TokenVault's operators about request \S+/);
  });

  it('names the variable that is not set', async () => {
    const { code, stdout, stderr } = await scene().run({ address: '' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('not set: TOKENVAULT_ADDRESS');
  });

  it('gives up in time while TokenVault is away', async () => {
    const [port] = await steadyPorts(1);
    const began = performance.now();
    const { code, stdout, stderr } = await scene().run({ address: `localhost:${port}` });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^unavailable: try again later; if it stays, check the address and/im);
    expect(performance.now() - began).toBeLessThan(GIVES_UP_MS);
  });
}
