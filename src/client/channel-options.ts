import { isIP } from 'node:net';
import type { ChannelOptions } from '@grpc/grpc-js';
import { splitHostPort } from '../domain/host-port.ts';

/** The largest answer, of BatchGetAccessTokens: 100 tokens of 2 KB, and the scopes once. */
const MAX_MESSAGE_BYTES = 256 * 1024;

/**
 * How grpc-js keeps a connection to `address`.
 * @throws Error when the address is an IP address and no `serverName` is given
 */
export function channelOptions(dialled: {
  readonly address: string;
  readonly serverName?: string | undefined;
  /** Default: the service's own limit. */
  readonly maxMessageBytes?: number | undefined;
}): ChannelOptions {
  const { address, serverName, maxMessageBytes = MAX_MESSAGE_BYTES } = dialled;
  if (isIP(splitHostPort(address).host) !== 0 && serverName === undefined) {
    throw new Error('TLS names no IP address: give serverName, or an address with a host name.');
  }
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    // While calls are under way, a peer that vanished without a word is noticed soon enough for them to
    // be made once more within the usual deadline of 10 s.
    'grpc.keepalive_time_ms': 5_000,
    'grpc.keepalive_timeout_ms': 2_000,
    // A restarted server is found soon; the library's own limit is two minutes.
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5_000,
    // Each channel has its own connection, or a second one would carry no more.
    'grpc.use_local_subchannel_pool': 1,
    // What a call does is decided here, not by a DNS record.
    'grpc.service_config_disable_resolution': 1,
    ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
  };
}
