import { describe, expect, it } from 'vitest';
import { headerFault } from '../../../src/grpc/header-fault.ts';
import { DEFAULT_GRPC_LIMITS } from '../../../src/grpc/transport-limits.ts';

const PROPER = {
  ':method': 'POST',
  ':path': '/tokenvault.v1.TokenVault/GetUser',
  'content-type': 'application/grpc',
};

/** What is wrong with a call that is proper but for these headers. */
function faultOf(headers: Readonly<Record<string, string>>, more: readonly string[] = []) {
  const all = { ...PROPER, ...headers };
  return headerFault(all, [...Object.entries(all).flat(), ...more], DEFAULT_GRPC_LIMITS);
}

describe('the headers of a call', () => {
  it.each<[string, Record<string, string>]>([
    ['nothing but what has to be there', {}],
    ['the content type with its encoding', { 'content-type': 'application/grpc+proto' }],
    ['a parameter', { 'content-type': 'application/grpc;charset=utf-8' }],
    ['a timeout', { 'grpc-timeout': '5S' }],
    ['binary metadata', { 'trace-bin': 'AAEC' }],
    ['padded binary metadata', { 'trace-bin': 'AAE=' }],
    ['several binary values', { 'trace-bin': 'AAE=,AAEC' }],
    ['a service of another package', { ':path': '/grpc.health.v1.Health/Check' }],
  ])('may hold %s', (_what, headers) => {
    expect(faultOf(headers)).toBeUndefined();
  });

  it.each<[string, Record<string, string>]>([
    ['method', { ':method': 'GET' }],
    ['content_type', { 'content-type': '' }],
    ['content_type', { 'content-type': 'application/json' }],
    ['content_type', { 'content-type': 'application/grpc-web+proto' }],
    ['content_type', { 'content-type': 'application/grpcfoo' }],
    ['content_type', { 'content-type': 'application/grpc+json' }],
    ['path', { ':path': '/tokenvault.v1.TokenVault/GetUser?x=1' }],
    ['path', { ':path': '/a/b/c' }],
    ['path', { ':path': '*' }],
    ['path', { ':path': '/tokenvault.v1.TokenVault/\u00e9' }],
    ['timeout', { 'grpc-timeout': '' }],
    ['timeout', { 'grpc-timeout': '1x' }],
    ['metadata', { 'trace-bin': 'not base64!' }],
  ])('have the fault %s: %j', (fault, headers) => {
    expect(faultOf(headers)).toBe(fault);
  });

  it('carry credentials once', () => {
    expect(faultOf({}, ['authorization', 'Bearer a'])).toBeUndefined();
    expect(faultOf({}, ['authorization', 'Bearer\ta'])).toBe('metadata');
    expect(faultOf({}, ['authorization', 'Bearer a', 'authorization', 'Bearer b'])).toBe(
      'metadata',
    );
  });

  it('are 8 KiB at most, 32 bytes for each header included', () => {
    const used = Object.entries(PROPER).reduce((sum, pair) => sum + pair.join('').length + 32, 0);
    const room = 8_192 - used - 32 - 'pad'.length;
    expect(faultOf({}, ['pad', 'x'.repeat(room)])).toBeUndefined();
    expect(faultOf({}, ['pad', 'x'.repeat(room + 1)])).toBe('metadata_size');
    expect(faultOf({}, Array(500).fill('p'))).toBe('metadata_size');
  });
});
