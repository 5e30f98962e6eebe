import { describe, expect, it } from 'vitest';
import { splitHostPort } from '../../../src/domain/host-port.ts';

describe('host:port', () => {
  it.each([
    ['localhost:50051', 'localhost', 50_051],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['[::]:8443', '::', 8_443],
    ['[fe80::1]:1', 'fe80::1', 1],
  ])('%s', (address, host, port) => {
    expect(splitHostPort(address)).toEqual({ host, port });
  });
});
