import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FIGURES, type Figures } from '../../bench/figures.ts';
import { brokenPromises } from '../../bench/promises.ts';
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
      'vault_requests_per_cached_call',
      'crowd_failures',
      'memory_per_cached_user_bytes',
      'client_memory_growth_bytes',
      'client_loop_memory_growth_bytes',
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

describe('npm run bench -- --check', () => {
  /** The run's figures, with those that a quick run cannot keep at what is promised. */
  const kept = (): Figures => ({
    ...report.figures,
    cached_call_to_noop_cpu_ratio: 1.15,
    cached_call_to_kv_read_cpu_ratio: 1,
    vault_requests_per_cached_call: 0.002,
    cached_call_to_batched_token_cpu_ratio: 12,
    memory_per_cached_user_bytes: 1_024,
    start_ms: 700,
    client_held_token_cpu_us: 2,
    client_memory_per_token_bytes: 1_024,
    client_memory_growth_bytes: 1_048_576,
    client_loop_memory_growth_bytes: 1_048_576,
  });

  it('says nothing where every promise is kept, or not measured', () => {
    expect(brokenPromises(kept())).toEqual([]);
    expect(brokenPromises({ ...kept(), cached_call_to_kv_read_cpu_ratio: null })).toEqual([]);
  });

  it.each<[Partial<Figures>, string]>([
    [{ cached_call_to_noop_cpu_ratio: 1.16 }, 'is 1.16 ×; promised is at most 1.15 ×.'],
    [{ cached_call_to_kv_read_cpu_ratio: 1.01 }, 'is 1.01 ×; promised is at most 1.00 ×.'],
    [{ cached_calls_google_requests: 1 }, 'is 1; promised is at most 0.'],
    [{ vault_requests_per_cached_call: 1 }, 'is 1.0000 /call; promised is at most 0.0500 /call.'],
    [{ crowd_refreshes: 2 }, 'is 2; promised is at most 1.'],
    [{ crowd_failures: 1 }, 'is 1; promised is at most 0.'],
    [{ cached_call_to_batched_token_cpu_ratio: 11.9 }, 'is 11.90 ×; promised is at least 12.00 ×.'],
    [{ memory_per_cached_user_bytes: 1_025 }, 'is 1025 B; promised is at most 1024 B.'],
    [{ client_held_token_cpu_us: 2.1 }, 'is 2.1 µs; promised is at most 2.0 µs.'],
    [{ start_ms: 700.1 }, 'is 700.1 ms; promised is at most 700.0 ms.'],
  ])('has a line for %j', (figures, line) => {
    const [name] = Object.keys(figures);
    expect(brokenPromises({ ...kept(), ...figures })).toEqual([`${name} ${line}`]);
  });

  it('is refused for a quick run', async () => {
    const refused = spawn(process.execPath, ['bench/main.ts', '--quick', '--check'], { cwd: ROOT });
    const [code] = await once(refused, 'close');
    expect(code).toBe(2);
  });
});

describe('docs/performance.md', () => {
  it('says what each figure means', async () => {
    const page = await readFile(path.join(ROOT, 'docs/performance.md'), 'utf8');
    const explained = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(explained).toEqual(Object.keys(FIGURES));
  });
});
