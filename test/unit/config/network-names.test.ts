import { describe, expect, it } from 'vitest';
import { hostAndPort, httpsOrigin, httpsUrl } from '../../../src/config/network-names.ts';

describe('an address', () => {
  it.each(['0.0.0.0:50051', '[::]:50051', 'tokenvault.example.com:1', 'localhost:0', 'h:65535'])(
    '%s is one',
    (text) => expect(hostAndPort().safeParse(text).success).toBe(true),
  );
  it.each(['localhost', ':50051', 'h:', 'h:65536', '::1:50051', 'http://h:1', 'a b:1', 'h:1 ', 1])(
    '%j is none',
    (text) => expect(hostAndPort().safeParse(text).success).toBe(false),
  );
});

describe('a URL that tokens travel to', () => {
  it.each([
    'https://oauth2.googleapis.com/token',
    'http://localhost:9000/token',
    'http://127.0.0.1:9000/token',
    'http://[::1]:9000/token',
  ])('%s is one', (text) => expect(httpsUrl().safeParse(text).success).toBe(true));
  it.each([
    'http://oauth2.googleapis.com/token',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'ftp://localhost/',
    'https://user:word@example.com/',
    'https://example.com/?a=b',
    'https://example.com/#a',
    'example.com',
    '',
    7,
  ])('%j is none', (text) => expect(httpsUrl().safeParse(text).success).toBe(false));
});

describe('an origin', () => {
  it('has no path, and is written in one way', () => {
    expect(httpsOrigin().parse('https://Vault.example.com:8200/')).toBe(
      'https://vault.example.com:8200',
    );
    expect(httpsOrigin().safeParse('https://vault.example.com/v1').success).toBe(false);
    expect(httpsOrigin().safeParse('http://vault.example.com').success).toBe(false);
  });
});
