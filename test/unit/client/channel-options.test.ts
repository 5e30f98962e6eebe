import { describe, expect, it } from 'vitest';
import { channelOptions } from '../../../src/client/channel-options.ts';

const options = channelOptions({ address: 'tokenvault.example:50051' });
/** That of the library, where its user says nothing. */
const USUAL_DEADLINE_MS = 10_000;
const TIME_FOR_ANOTHER_TRY_MS = 2_000;

describe('the options of a channel', () => {
  it('notice a peer that vanished in time for another try within the usual deadline', () => {
    const { 'grpc.keepalive_time_ms': idle, 'grpc.keepalive_timeout_ms': wait } = options;

    const noticedMs = Number(idle) + Number(wait);
    expect(noticedMs).toBeLessThanOrEqual(USUAL_DEADLINE_MS - TIME_FOR_ANOTHER_TRY_MS);
  });

  it('ask nothing of a peer while no call is under way', () => {
    expect(options).not.toHaveProperty(['grpc.keepalive_permit_without_calls']);
  });

  it('take no orders about retries and timeouts from a DNS record', () => {
    expect(options['grpc.service_config_disable_resolution']).toBe(1);
  });

  it('find a restarted server within seconds', () => {
    expect(options['grpc.max_reconnect_backoff_ms']).toBeLessThanOrEqual(5_000);
  });

  it('hold no name unless one is given', () => {
    expect(options).not.toHaveProperty(['grpc.ssl_target_name_override']);
    expect(
      channelOptions({ address: '10.0.0.1:1', serverName: 'tokenvault.example' }),
    ).toMatchObject({ 'grpc.ssl_target_name_override': 'tokenvault.example' });
  });

  it.each(['10.0.0.1:50051', '[::1]:50051'])('are none for %s without a name', (address) => {
    expect(() => channelOptions({ address })).toThrow('serverName');
  });
});
