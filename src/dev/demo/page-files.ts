import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'page');

/** The page reaches its own origin alone, and runs no script but its file. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Google's answer has a code in its address, which no other page may learn of. */
const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

/** The files of the demonstration, by the path under which each is served. */
export function pageFiles(callbackPath: string): ReadonlyMap<string, PageFile> {
  const file = (name: string, type: string): PageFile => ({
    headers: { ...HEADERS, 'content-type': type },
    content: readFileSync(join(FOLDER, name)),
  });
  const page = file('index.html', 'text/html; charset=utf-8');
  return new Map([
    ['/', page],
    [callbackPath, page],
    ...['demo.js', 'pkce.js', 'stage.js', 'wire.js'].map((name): [string, PageFile] => [
      `/demo/${name}`,
      file(name, 'text/javascript; charset=utf-8'),
    ]),
    ['/demo/demo.css', file('demo.css', 'text/css; charset=utf-8')],
    ['/demo/icon.svg', file('icon.svg', 'image/svg+xml')],
  ]);
}
