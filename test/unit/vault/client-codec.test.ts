import { describe, expect, it } from 'vitest';
import { decodeClient } from '../../../src/vault/client-codec.ts';

const fields = {
  client_id: 'client.apps.example',
  client_secret: 'GOCSPX-current',
  previous_client_secret: 'GOCSPX-previous',
  redirect_uris: 'https://a.example/x, https://b.example/y',
  code_sources: 'web-popup mobile',
  default_code_source: 'mobile',
};
const decode = (given: unknown) => decodeClient(given, { alias: 'default', version: 3 });

function client(given: object) {
  const stored = decode(given);
  if (stored.kind !== 'present') throw new Error(JSON.stringify(stored));
  return stored.client;
}

describe('decodeClient', () => {
  it('reads lists with commas, spaces and line ends', () => {
    expect(client(fields)).toMatchObject({
      alias: 'default',
      version: 3,
      clientId: 'client.apps.example',
      redirectUris: ['https://a.example/x', 'https://b.example/y'],
      codeSources: ['web-popup', 'mobile'],
      defaultCodeSource: 'mobile',
    });
    expect(client({ ...fields, code_sources: 'mobile,\nweb-popup,' }).codeSources).toEqual([
      'mobile',
      'web-popup',
    ]);
  });

  it('has the current secret first', () => {
    const secrets = client(fields).secrets.map((secret) => secret.reveal());
    expect(secrets).toEqual(['GOCSPX-current', 'GOCSPX-previous']);
  });

  it.each(['', undefined, 'GOCSPX-current'])('has one secret where the other is %j', (previous) => {
    expect(client({ ...fields, previous_client_secret: previous }).secrets).toHaveLength(1);
  });

  it('takes the first source for the default where none is named', () => {
    expect(client({ ...fields, default_code_source: '' }).defaultCodeSource).toBe('web-popup');
  });

  it('leaves fields alone that it does not know', () => {
    expect(client({ ...fields, owner: 'team-a' }).clientId).toBe(fields.client_id);
  });

  it.each([
    ['client_id', ''],
    ['client_secret', undefined],
    ['client_secret', 'GOCSPX with a space'],
    ['client_secret', 'GOCSPX-line-end\n'],
    ['client_secret', 12],
    ['previous_client_secret', 'GOCSPX with a space'],
    ['code_sources', ''],
    ['code_sources', 'telepathy'],
    ['default_code_source', 'web-redirect'],
    ['redirect_uris', ['https://a.example']],
  ])('names %s when it is %j, and no value', (key, value) => {
    const stored = decode({ ...fields, [key]: value });
    expect(stored).toMatchObject({ kind: 'broken', problem: expect.stringContaining(key) });
    expect(JSON.stringify(stored)).not.toMatch(/GOCSPX|telepathy|a\.example/);
  });

  it('says so where no fields are at all', () => {
    expect(decode(null)).toMatchObject({ kind: 'broken' });
  });
});
