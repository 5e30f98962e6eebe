import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FIGURES, type Figures } from '../../bench/figures.ts';
import type { Report } from '../../bench/report.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

let directory: string;
let child: ChildProcess | undefined;
let report: Report;
let printed = '';

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tokenvault-bench-test-'));
  const json = path.join(directory, 'report.json');
  const searched = [path.dirname(inject('openBaoBinary')), process.env.PATH].join(path.delimiter);
  child = spawn(process.execPath, ['bench/main.ts', '--quick', '--json', json], {
    cwd: ROOT,
    env: { ...process.env, PATH: searched },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const [code] = await once(child, 'close');
  expect(code, printed).toBe(0);
  report = JSON.parse(await readFile(json, 'utf8'));
  // Ten seconds, and many times that on a machine that does much else: nothing here is about speed.
}, 300_000);
afterAll(async () => {
  child?.kill();
  await rm(directory, { recursive: true, force: true });
});

describe('npm run bench -- --quick --json', () => {
  it('writes every figure by its name, and no other', () => {
    expect(report).toMatchObject({ format: 1, quick: true });
    expect(Object.keys(report.figures)).toEqual(Object.keys(FIGURES));
    for (const name of Object.keys(FIGURES)) expect(printed).toContain(name);
  });

  it('has measured each, but for what only Linux tells', () => {
    const linuxOnly = ['kv_read_cpu_us', 'cached_call_to_kv_read_cpu_ratio'];
    // Zero is right for the counts; the memory of so few users drowns in everything else.
    const others = [
      'cached_calls_google_requests',
      'crowd_failures',
      'memory_per_cached_user_bytes',
    ];
    for (const [name, value] of Object.entries(report.figures)) {
      if (value === null && linuxOnly.includes(name) && process.platform !== 'linux') continue;
      expect(value, name).toEqual(expect.any(Number));
      if (!others.includes(name)) expect(value, name).toBeGreaterThan(0);
    }
  });

  it('saw no request to Google for cached calls, and one refresh for a crowd', () => {
    const { cached_calls_google_requests, crowd_callers, crowd_failures, crowd_refreshes } =
      report.figures;
    expect({ cached_calls_google_requests, crowd_refreshes, crowd_failures }).toEqual({
      cached_calls_google_requests: 0,
      crowd_refreshes: 1,
      crowd_failures: 0,
    } satisfies Partial<Figures>);
    expect(crowd_callers).toBe(500);
  });
});

describe('docs/performance.md', () => {
  it('says what each figure means', async () => {
    const page = await readFile(path.join(ROOT, 'docs/performance.md'), 'utf8');
    const explained = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(explained).toEqual(Object.keys(FIGURES));
  });
});
