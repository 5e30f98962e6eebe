import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANY_PORTS } from '../../src/dev/dev-ports.ts';
import { type DevStack, startDevStack } from '../../src/dev/dev-stack.ts';
import { DEV_USERS, invitation } from '../../src/dev/screen.ts';
import { playStory } from '../../src/dev/story.ts';
import { CHROMIUM, openBrowser, watch } from '../support/browser.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { httpRequest } from '../support/http-request.ts';
import { until } from '../support/until.ts';

/** What is only in the hands of services: codes, access tokens, refresh tokens. */
const SECRET = /4\/0A[\w-]{4,}|ya29\.[\w-]{4,}|1\/\/0g[\w-]{4,}|GOCSPX/;

if (CHROMIUM === undefined) {
  process.stderr.write(
    'There is no Chromium: the page of npm run dev is not tried in a browser.\n',
  );
}

const started = new AsyncDisposableStack();
let directory: string;
let stack: DevStack;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tokenvault-story-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const cacheDir = resolve(import.meta.dirname, '../../.cache');
  const options = { directory, cacheDir, ports: ANY_PORTS, env: process.env };
  stack = await startDevStack({ ...options, report: () => undefined }, started);
});
afterAll(() => started.disposeAsync());

/** What the doctor finds with the command that is proposed when everything stays up. */
async function proposedDoctor() {
  const [, command = ''] =
    /tokenvault -- (doctor .*)/.exec(invitation(stack, DEV_USERS.stays)) ?? [];
  const entries = await readdir(directory, { withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name));
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'utf8')]));
  const { exitCode, stdout } = await typeCommand(command.split(' '), { files });
  return { exitCode, wrong: stdout.filter((line) => /^ +(error|warning)/.test(line)) };
}

describe('npm run dev', () => {
  it('plays the whole story, gateway included, on real parts', async () => {
    const told: string[] = [];
    const tell = (text: string) => void told.push(text);
    const user = { sub: '108', name: 'Somebody', externalUserId: 'user-7' };
    await playStory(stack, user, { step: tell, line: tell });
    for (const port of Object.values(stack.opsPorts)) {
      await expect
        .poll(async () => JSON.parse((await httpRequest(port, '/readyz')).body))
        .toEqual({ state: 'ready', failing: [] });
    }
    const { body } = await httpRequest(stack.opsPorts.gateway, '/metrics');
    expect(body).toMatch(/^tokenvault_gateway_requests_total\{.*status="200".*\} 1$/m);
    expect(await proposedDoctor()).toEqual({ exitCode: 0, wrong: [] });
    expect(told.at(-1)).toBe('refused: USER_REVOKED');
  });
});

describe.skipIf(CHROMIUM === undefined)('the page of npm run dev, in Chromium', () => {
  let browser: Browser;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    browser = await openBrowser(readFileSync(stack.certificates.gatewayServer.certFile, 'utf8'));
    home = `https://localhost:${stack.gatewayPort}/`;
  });
  afterAll(() => browser?.close());

  const status = () => page.locator('#status').innerText();
  const says = (text: string) => until(text, async () => (await status()).includes(text));
  const focused = () => page.evaluate<string>('document.activeElement.innerText');
  /** By the keyboard alone, from wherever the focus is. */
  const press = async (button: string) => {
    for (let tries = 0; (await focused()) !== button; tries++) {
      expect(tries, `${button} can be reached`).toBeLessThan(10);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
  };

  it('takes a person through all five steps by keyboard, and learns no secret', async () => {
    page = await browser.newPage({ viewport: { width: 1120, height: 900 } });
    const { complaints, answers, origins } = watch(page);
    await page.goto(home);
    await says('Begin with step 1');
    await press('Sign in with Google');
    await page.getByLabel('Workspace User').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await press('Continue');
    await says('user-42 is connected as Workspace User');
    expect(page.url(), 'the code has left the address').toBe(home);

    expect(await focused()).toBe('List my Drive files');
    await press('Ask with the gateway’s certificate');
    await says('Refused: CALLER_NOT_ALLOWED');
    await press('List my Drive files');
    await says('drive-worker found 3 files');
    expect(await page.locator('.files').innerText()).toContain('settings.json');
    await picture(page);
    await press('Disconnect Google');
    await says('Disconnected, at Google too');
    await press('List my Drive files again');
    await says('Refused, as it should be: USER_REVOKED');
    const wire = await page.locator('#refused .wire').innerText();
    expect(wire, 'what Drive said is shown').toMatch(/Google Drive\s+GET .*\s+401 · /);
    expect(await focused()).toBe('Start over');

    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([new URL(home).origin, stack.google.url]);
    const kept = await page.evaluate<string>('JSON.stringify([sessionStorage, localStorage])');
    expect(kept).toBe('[{},{}]');
    for (const text of [await page.content(), ...(await Promise.all(answers))]) {
      expect(text).not.toMatch(SECRET);
    }
    await page.close();
  });

  it('takes no answer that it did not ask for, and none that is a refusal', async () => {
    page = await browser.newPage({ viewport: { width: 360, height: 700 } });
    await page.goto(`${home}google/callback?code=forged&state=forged`);
    await says('belongs to no sign-in of this page');
    expect(page.url()).toBe(home);
    await page.getByText('Sign in with Google').last().click();
    await page.getByText('Cancel').click();
    await says('You did not agree at Google');
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width, 'it fits on a phone').toBeLessThanOrEqual(360);
    await page.close();
  });

  it('replaces the account of a user of the app when the person insists', async () => {
    page = await browser.newPage();
    const signIn = async (account: string) => {
      await page.getByText('Sign in with Google').last().click();
      await page.getByLabel(account).check();
      await page.getByText('Continue').click();
    };
    await page.goto(home);
    const loaded = page.waitForEvent('load');
    await page.getByLabel('user-43').check();
    await loaded;
    await says('Begin with step 1');
    await signIn('Example User');
    await says('user-43 is connected as Example User');
    await page.reload();
    await says('user-43 is connected already');
    await signIn('Workspace User');
    await says('user-43 has another account connected');
    await signIn('Workspace User');
    await says('user-43 is connected as Workspace User');
    await page.close();
  });

  it('does nothing for one user that was begun for another, in another tab too', async () => {
    const context = await browser.newContext();
    page = await context.newPage();
    await page.goto(home);
    await page.getByText('Sign in with Google').last().click();
    const other = await context.newPage();
    await other.goto(home);
    const switchTo = async (user: string) => {
      const loaded = other.waitForEvent('load');
      await other.getByLabel(user).check();
      await loaded;
    };
    await switchTo('user-43');
    await page.getByText('Continue').click();
    await says('user-42 began this sign-in, not user-43');

    await page.reload();
    await says('user-43 is connected already');
    await switchTo('user-42');
    await page.getByText('List my Drive files', { exact: true }).click();
    await says('somebody else may have signed in');
    expect(await page.locator('.files').innerText()).toBe('');
    await context.close();
  });
});

/** For the README, where it is asked for (CONTRIBUTING.md). */
async function picture(page: Page): Promise<void> {
  const path = process.env.DEMO_PICTURE;
  if (path === undefined) return;
  await page.setViewportSize({ width: 1120, height: 1130 });
  await page.evaluate("document.querySelector('#list').scrollIntoView()");
  await page.screenshot({ path, animations: 'disabled' });
}
