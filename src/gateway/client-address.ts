import { BlockList, isIP } from 'node:net';

/** The proxies in front of the gateway: addresses, or networks as `address/prefix`. */
export class TrustedProxies {
  readonly #networks = new BlockList();

  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      const family = familyOf(address);
      if (prefix === undefined) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(prefix), family);
    }
  }

  /**
   * Where a request comes from. Each proxy appends whom it was reached by, so the list is read from
   * its end, as long as whoever wrote the entry is trusted. What is no address is not believed.
   *
   * @param peer whose connection it is
   */
  clientOf(peer: string, forwardedFor: string | undefined): string {
    const entries = (forwardedFor ?? '').split(',').map((entry) => entry.trim());
    let client = peer;
    while (this.trusts(client)) {
      const entry = entries.pop() ?? '';
      if (isIP(entry) === 0) break;
      client = entry;
    }
    return client;
  }

  trusts(address: string): boolean {
    return isIP(address) !== 0 && this.#networks.check(address, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/**
 * What an address is limited by: an IPv4 address itself, also one that is written as IPv6; of IPv6
 * the network of /64, because a single household has as many addresses as it likes in it.
 */
export function limitedBy(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = groupsOf(address);
  const [network, rest] = [groups.slice(0, 4), groups.slice(4)];
  const [zero, marker, high = 0, low = 0] = rest;
  if (network.every((group) => group === 0) && zero === 0 && marker === 0xffff) {
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight groups of an IPv6 address in any spelling (RFC 4291 section 2.2). */
function groupsOf(address: string): readonly number[] {
  const [plain = ''] = address.split('%');
  // The URL standard's own parser writes each address in one way, without dots.
  const parts = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const [left = [], right = []] = parts.map((part) => part.split(':').filter((one) => one !== ''));
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
