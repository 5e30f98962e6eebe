import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import type { RevocationMarker } from '../../../src/domain/revocation-store.ts';
import { revocationMarkerCodec } from '../../../src/vault/revocation-codec.ts';
import { VaultRevocationStore } from '../../../src/vault/revocation-store.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';
import { json } from '../../support/scripted-server.ts';
import { enveloped, type KvFixture, kvFixture, PATH_KEY, version } from './kv-fixture.ts';

const markers: readonly RevocationMarker[] = ['a', 'b', 'c', 'd'].map((userId) => ({
  userId,
  generation: 5,
}));
const nameOf = ({ userId, generation }: RevocationMarker) =>
  `${PATH_KEY.of('user', userId)}-${generation}`;
const names = json(200, { data: { keys: markers.map(nameOf) } });
const stored = (marker: RevocationMarker) =>
  version(1, enveloped(revocationMarkerCodec.encode(marker)));

describe('VaultRevocationStore', () => {
  let fixture: KvFixture;
  let revocations: VaultRevocationStore;
  /** Where in a list this replica begins, from 0 to 1. */
  let chance: number;
  beforeEach(async () => {
    fixture = await kvFixture();
    chance = 0;
    revocations = new VaultRevocationStore({
      kv: fixture.kv,
      node: fixture.node,
      pathKey: PATH_KEY,
      random: { id: () => 'a-write', unit: () => chance },
      alerts: new Alerts(fixture.logger, new RecordingMetrics()),
    });
  });
  afterEach(() => fixture.close());
  const pages = () => fixture.logger.lines.map(({ event, record }) => `${event} ${record}`);

  it.each([
    [0, ['a', 'b', 'c']],
    [0.5, ['c', 'd', 'a']],
    [0.99, ['d', 'a', 'b']],
  ])('begins a part of the markers anywhere: %d', async (at, users) => {
    chance = at;
    const byPath = new Map(
      markers.map((marker) => [`/v1/m/data/revocations/${nameOf(marker)}`, stored(marker)]),
    );
    fixture.server.answer = (response, request) =>
      (byPath.get(request.path) ?? names)(response, request);
    const listed = await revocations.listMarkers(3);
    expect(listed.map(({ userId }) => userId)).toEqual(users);
  });

  it('finds nobody in a marker that lies under another’s name', async () => {
    const marker = { userId: 'a', generation: 5 };
    const name = nameOf({ userId: 'b', generation: 5 });
    fixture.script(json(200, { data: { keys: [name] } }), stored(marker));
    expect(await revocations.listMarkers(3)).toEqual([]);
    expect(pages()).toEqual([`stored_record_corrupt revocations/${name}`]);
  });

  it('pages ops once for a corrupt log, until it was readable again', async () => {
    const corrupt = version(2, { count: 'many' });
    const readable = version(3, enveloped({ count: 128, keys: [] }));
    const page = 'stored_record_corrupt revocation-log';
    fixture.script(corrupt, corrupt, readable, corrupt);
    for (let reading = 0; reading < 2; reading += 1) {
      await expect(revocations.readLog()).rejects.toMatchObject({
        reason: 'STORED_RECORD_CORRUPT',
      });
    }
    expect(pages()).toEqual([page]);
    expect(await revocations.readLog()).toEqual({ version: 3, log: { count: 128, keys: [] } });
    await expect(revocations.readLog()).rejects.toMatchObject({ reason: 'STORED_RECORD_CORRUPT' });
    expect(pages()).toEqual([page, page]);
  });
});
