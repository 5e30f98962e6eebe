const HOST_AND_PORT = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(?<port>\d{1,5})$/;
const MOST_PORT = 65_535;
const MOST_ADDRESSES = 16;

/**
 * The servers in a text: one `host:port`, or up to 16 with commas between them.
 * @throws Error that says, in words that fit after a name, what the text must be
 */
export function addressesIn(text: string): readonly [string, ...string[]] {
  const addresses = new Set(text.split(',').map((address) => address.trim()));
  const [first, ...others] = addresses;
  if (first === undefined || addresses.size > MOST_ADDRESSES || ![...addresses].every(isAddress)) {
    throw new Error(
      'must be host:port, such as tokenvault.example:50051, or up to 16 of them with commas between',
    );
  }
  return [first, ...others];
}

function isAddress(text: string): boolean {
  const port = HOST_AND_PORT.exec(text)?.groups?.port;
  return port !== undefined && Number(port) <= MOST_PORT;
}
