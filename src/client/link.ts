import type { Client as GrpcClient } from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import { addressesIn } from './addresses.ts';
import { channelOptions } from './channel-options.ts';
import type { Reachability } from './channels.ts';
import {
  type ConnectOptions,
  channelCredentials,
  type TokenConnectOptions,
} from './credentials.ts';
import { type Send, sendOver } from './send.ts';
import { Servers } from './servers.ts';

/** A way to TokenVault, for one of its services. */
export interface Link<Client> {
  readonly send: Send<Client>;
  /** Whether a connection stands. Makes no call, and dials where nothing has been dialled yet. */
  reachability(): Reachability;
  /** Calls that were sent end well, others unsent; later ones end with CANCELLED. */
  close(): void;
}

type ClientType<Client> = new (...dialled: ConstructorParameters<typeof GrpcClient>) => Client;

export interface LinkPorts {
  readonly clock: Clock;
  /** A message may be as large; default: as the service's own. */
  readonly maxMessageBytes?: number;
}

/** @throws Error when an address is an IP address and no `serverName` is given, or a PEM is broken */
export function openLink<Client extends GrpcClient>(
  client: ClientType<Client>,
  options: ConnectOptions | TokenConnectOptions,
  { clock, maxMessageBytes }: LinkPorts,
): Link<Client> {
  const trust = channelCredentials(options);
  const { serverName } = options;
  const openTo = (address: string) => {
    const settings = channelOptions({ address, serverName, maxMessageBytes });
    return () => new client(address, trust, settings);
  };
  const [first, ...others] = addressesIn(options.address);
  const servers = new Servers([openTo(first), ...others.map(openTo)], clock);
  return {
    send: sendOver(servers, clock),
    reachability: () => servers.reachability(),
    close: () => servers.close(),
  };
}
