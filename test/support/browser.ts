import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The first that starts: a name may also be a script that only says where to get it. */
export const CHROMIUM = PLACES.find(
  (place) => spawnSync(place, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0,
);

/** Makes no connection but to the pages that it is shown, and works in containers, as root. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser that takes this one certificate (PEM) beside those that every browser takes. */
export function openBrowser(certificate: string): Promise<Browser> {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  const pin = createHash('sha256').update(key).digest('base64');
  return chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    args: [...FLAGS, `--ignore-certificate-errors-spki-list=${pin}`],
  });
}

/** What a page complains about, and what it was sent. */
export interface Watched {
  /** Errors of scripts, violations of the policy, requests that failed or were refused. */
  readonly complaints: string[];
  /** The bodies of all answers, as text. */
  readonly answers: Promise<string>[];
  readonly origins: Set<string>;
}

export function watch(page: Page): Watched {
  const watched: Watched = { complaints: [], answers: [], origins: new Set() };
  const { complaints, answers, origins } = watched;
  page.on('console', (message) => {
    if (message.type() !== 'log') complaints.push(message.text());
  });
  page.on('pageerror', (error) => void complaints.push(error.message));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // The page was left meanwhile.
    if (why !== 'net::ERR_ABORTED') complaints.push(`${why} ${request.url()}`);
  });
  page.on('response', (response) => {
    origins.add(new URL(response.url()).origin);
    // A redirect has no body.
    answers.push(response.text().catch(() => ''));
  });
  return watched;
}
