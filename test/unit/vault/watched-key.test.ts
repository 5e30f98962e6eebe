import { afterEach, describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { Kv, KvRecord } from '../../../src/vault/kv.ts';
import { WatchedKey } from '../../../src/vault/watched-key.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

function record(version: number, fields: unknown, writtenAt = version): KvRecord {
  return { kind: 'present', version, fields, writtenAt };
}

/** A record that the test replaces, and a service that follows it. */
class Watched {
  readonly clock = new ManualClock();
  readonly logger = new RecordingLogger();
  readonly metrics = new RecordingMetrics();
  readonly taken: string[] = [];
  /** So often the one that follows throws. */
  throws = 0;
  reads = 0;
  token = new Secret('first');
  #next: KvRecord | Failure;
  #key: WatchedKey | undefined;

  constructor(first: KvRecord | Failure) {
    this.#next = first;
  }

  async start(): Promise<WatchedKey> {
    const { clock, logger, metrics } = this;
    const kv: Pick<Kv, 'read'> = {
      read: async () => {
        this.reads += 1;
        if (this.#next instanceof Failure) throw this.#next;
        return this.#next;
      },
    };
    const alerts = new Alerts(logger, metrics);
    const random = { id: () => '', unit: () => 0.5 };
    const deps = { kv, token: () => this.token, clock, random, logger, metrics, alerts };
    this.#key = await WatchedKey.open({ path: 'audit-key', refused: 'audit_key_refused' }, deps);
    void this.#key.follow((taken) => {
      this.taken.push(taken.reveal());
      this.throws -= 1;
      if (this.throws >= 0) throw new TypeError('not now');
    });
    return this.#key;
  }

  /** What Vault gives from now on, and time for it to be found. */
  async becomes(next: KvRecord | Failure, ms = 3_000): Promise<void> {
    this.#next = next;
    await this.clock.advance(ms);
  }

  said(...levels: readonly string[]): readonly string[] {
    return this.logger.lines
      .filter(({ level }) => levels.includes(level))
      .map(({ event }) => event);
  }

  stop(): void {
    this.#key?.stop();
  }
}

let watched: Watched;
afterEach(() => watched.stop());

describe('a key that is followed', () => {
  it('is taken within seconds of a new version, and the same version is no work', async () => {
    watched = new Watched(record(1, { key: key(1) }));
    const followed = await watched.start();
    expect(followed.current?.reveal()).toBe(key(1));
    await watched.clock.advance(9_000);
    expect(watched.reads).toBe(4);
    expect(watched.taken).toEqual([]);
    await watched.becomes(record(2, { key: key(2) }));
    await watched.clock.advance(9_000);
    expect(watched.taken).toEqual([key(2)]);
    expect(followed.current?.reveal()).toBe(key(2));
    expect(watched.said('info')).toEqual(['config_taken']);
    expect(watched.metrics.labelsOf('tokenvault_config_reloads_total')).toEqual([
      { part: 'audit-key', outcome: 'taken' },
    ]);
    expect(JSON.stringify(watched.logger.lines)).not.toContain(key(2));
  });

  it('is told again to who could not take it', async () => {
    watched = new Watched(record(1, { key: key(1) }));
    const followed = await watched.start();
    watched.throws = 2;
    await watched.becomes(record(2, { key: key(2) }), 6_000);
    expect(followed.current?.reveal()).toBe(key(1));
    expect(watched.said('info')).toEqual([]);
    await watched.clock.advance(9_000);
    expect(watched.taken).toEqual([key(2), key(2), key(2)]);
    expect(followed.current?.reveal()).toBe(key(2));
    expect(watched.said('info')).toEqual(['config_taken']);
  });

  it.each<[string, KvRecord]>([
    ['holds no key', record(2, { key: 'a password' })],
    ['has another field alone', record(2, { value: key(2) })],
    ['was deleted', { kind: 'absent', version: 1 }],
  ])('stays where the record %s, with one alert for each version', async (_what, next) => {
    watched = new Watched(record(1, { key: key(1) }));
    const followed = await watched.start();
    await watched.becomes(next, 30_000);
    expect(watched.said('error')).toEqual(['audit_key_refused']);
    expect(followed.current?.reveal()).toBe(key(1));
    await watched.becomes(record(3, {}), 30_000);
    expect(watched.said('error')).toEqual(['audit_key_refused', 'audit_key_refused']);
    await watched.becomes(record(4, { key: key(1) }));
    await watched.becomes(record(5, { key: key(5) }));
    expect(watched.taken).toEqual([key(5)]);
  });

  it('is not replaced by an older one that a node of old still gives', async () => {
    watched = new Watched(record(2, { key: key(2) }));
    await watched.start();
    await watched.becomes(record(1, { key: key(1) }), 9_000);
    expect(watched.taken).toEqual([]);
  });

  it('is taken where the record was removed and made anew', async () => {
    watched = new Watched(record(7, { key: key(7) }));
    await watched.start();
    await watched.becomes(record(1, { key: key(1) }, 8));
    expect(watched.taken).toEqual([key(1)]);
  });

  it('goes on as last read while Vault is away', async () => {
    watched = new Watched(record(1, { key: key(1) }));
    const followed = await watched.start();
    await watched.becomes(new Failure('STORE_UNAVAILABLE'), 30_000);
    expect(watched.said('warn', 'error')).toEqual([]);
    expect(followed.current?.reveal()).toBe(key(1));
    await watched.becomes(record(2, { key: key(2) }));
    expect(watched.taken).toEqual([key(2)]);
  });

  it('is looked for as ever where the token was the one that Vault refused', async () => {
    watched = new Watched(record(1, { key: key(1) }));
    await watched.start();
    await watched.becomes(new Failure('STORE_ACCESS_LOST'));
    watched.token = new Secret('second');
    await watched.clock.advance(3_000);
    await watched.becomes(record(2, { key: key(2) }));
    expect(watched.taken).toEqual([key(2)]);
    expect(watched.said('warn', 'error')).toEqual([]);
  });

  it('goes on while the policy denies it, which is told once and asked seldom', async () => {
    watched = new Watched(record(1, { key: key(1) }));
    const followed = await watched.start();
    await watched.becomes(new Failure('STORE_ACCESS_LOST'), 6_000);
    const before = watched.reads;
    await watched.clock.advance(120_000);
    expect(watched.reads - before).toBe(2);
    expect(watched.said('warn', 'error')).toEqual(['key_denied']);
    expect(followed.current?.reveal()).toBe(key(1));
    await watched.becomes(record(2, { key: key(2) }), 60_000);
    expect(watched.taken).toEqual([key(2)]);
  });

  it('that was never made is taken when it is', async () => {
    watched = new Watched({ kind: 'absent', version: 0 });
    const followed = await watched.start();
    expect(followed.current).toBeUndefined();
    await watched.clock.advance(30_000);
    expect(watched.said('warn', 'error')).toEqual([]);
    await watched.becomes(record(1, { key: key(1) }));
    expect(watched.taken).toEqual([key(1)]);
  });

  it('is no longer read after the stop', async () => {
    watched = new Watched(record(1, { key: key(1) }));
    const followed = await watched.start();
    followed.stop();
    await watched.becomes(record(2, { key: key(2) }), 30_000);
    expect(watched.reads).toBe(1);
    expect(watched.taken).toEqual([]);
  });
});
