import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { ClientFields } from '../../../src/vault/admin/client-fields.ts';
import { type PlanRequest, planImport } from '../../../src/vault/admin/import-plan.ts';
import { decodeClient } from '../../../src/vault/client-codec.ts';

const STORED = {
  client_id: 'web-client',
  client_secret: 'current',
  redirect_uris: 'https://app.example/callback',
  code_sources: 'mobile,web-redirect',
  default_code_source: 'web-redirect',
};

interface Case extends Partial<Omit<PlanRequest, 'file' | 'stored'>> {
  readonly stored?: Readonly<Record<string, unknown>>;
  readonly clientId?: string;
  readonly secret?: string;
  readonly redirectUris?: readonly string[];
}

function plan({ stored, clientId, secret, redirectUris, ...request }: Case) {
  const { outcome, fields } = planImport({
    alias: 'default',
    stored: new ClientFields(stored),
    file: {
      clientId: clientId ?? 'web-client',
      clientSecret: new Secret(secret ?? 'current'),
      redirectUris: redirectUris ?? ['https://app.example/callback'],
      javascriptOrigins: ['https://app.example'],
    },
    ...request,
  });
  return { outcome, fields: fields.reveal() };
}

describe('stored fields', () => {
  it('are not printed by accident', () => {
    const fields = new ClientFields({ client_secret: 'planted' });

    expect(
      `${inspect(fields, { depth: 9, showHidden: true })}${JSON.stringify(fields)}`,
    ).not.toContain('planted');
  });
});

describe('importing under a new alias', () => {
  it('stores flat fields that the service reads as a client', () => {
    const { outcome, fields } = plan({ sources: ['mobile', 'web-popup'] });

    expect(outcome).toBe('created');
    expect(fields).toEqual({
      client_id: 'web-client',
      client_secret: 'current',
      redirect_uris: 'https://app.example/callback,https://app.example',
      code_sources: 'mobile,web-popup',
      default_code_source: 'mobile',
    });
    expect(decodeClient(fields, { alias: 'default', version: 1 })).toMatchObject({
      kind: 'present',
      client: {
        clientId: 'web-client',
        redirectUris: ['https://app.example/callback', 'https://app.example'],
        codeSources: ['mobile', 'web-popup'],
        defaultCodeSource: 'mobile',
      },
    });
  });

  it('needs to be told where codes come from', () => {
    expect(() => plan({})).toThrow('--sources');
  });

  it('takes the origins for redirect URIs only where a popup may use them', () => {
    expect(plan({ sources: ['mobile'] }).fields.redirect_uris).not.toContain(
      'https://app.example,',
    );
    expect(plan({ sources: ['web-redirect'] }).fields.redirect_uris).toBe(
      'https://app.example/callback',
    );
  });

  it('refuses the source web-redirect without a redirect URI', () => {
    expect(() => plan({ sources: ['web-redirect'], redirectUris: [] })).toThrow('no redirect URI');
  });

  it('lets the default source be chosen among the sources alone', () => {
    const sources = ['mobile', 'web-popup'] as const;

    expect(plan({ sources, defaultSource: 'web-popup' }).fields.default_code_source).toBe(
      'web-popup',
    );
    expect(() => plan({ sources, defaultSource: 'web-redirect' })).toThrow('not among the sources');
  });
});

describe('importing again under the same alias', () => {
  it('changes nothing with the same file', () => {
    expect(plan({ stored: STORED })).toEqual({ outcome: 'unchanged', fields: STORED });
  });

  it('moves the old secret to previous_client_secret when the file has a new one', () => {
    const { outcome, fields } = plan({ stored: STORED, secret: 'new' });

    expect(outcome).toBe('secret rotated');
    expect(fields).toEqual({ ...STORED, client_secret: 'new', previous_client_secret: 'current' });
  });

  it('keeps the previous secret when only something else changed', () => {
    const stored = { ...STORED, previous_client_secret: 'old' };
    const { outcome, fields } = plan({ stored, redirectUris: ['https://new.example/callback'] });

    expect(outcome).toBe('updated');
    expect(fields.previous_client_secret).toBe('old');
    expect(fields.redirect_uris).toBe('https://new.example/callback');
  });

  it('refuses the file with the previous secret, which would undo a rotation', () => {
    const stored = { ...STORED, client_secret: 'new', previous_client_secret: 'current' };

    expect(() => plan({ stored, secret: 'current' })).toThrow('previous secret');
  });

  it('refuses another client id, because the users’ grants belong to the old one', () => {
    expect(() => plan({ stored: STORED, clientId: 'other-client' })).toThrow('another client id');
  });

  it('keeps the sources and their default unless others are named', () => {
    expect(plan({ stored: STORED, secret: 'new' }).fields).toMatchObject({
      code_sources: 'mobile,web-redirect',
      default_code_source: 'web-redirect',
    });
    expect(plan({ stored: STORED, sources: ['mobile'] }).fields).toMatchObject({
      code_sources: 'mobile',
      default_code_source: 'mobile',
    });
  });

  it('keeps fields that TokenVault does not know', () => {
    const stored = { ...STORED, owner: 'team-drive' };

    expect(plan({ stored, secret: 'new' }).fields.owner).toBe('team-drive');
  });

  it('replaces what cannot be of use because it is no string', () => {
    const { fields: stored } = plan({ sources: ['mobile'], redirectUris: [] });
    const { outcome, fields } = plan({
      stored: { ...stored, redirect_uris: ['https://app.example/callback'] },
      redirectUris: [],
    });

    expect(outcome).toBe('updated');
    expect(fields.redirect_uris).toBe('');
  });

  it('completes a record that was made by hand and lacks its id', () => {
    const { outcome, fields } = plan({ stored: { owner: 'me' }, sources: ['mobile'] });

    expect(outcome).toBe('created');
    expect(fields).toMatchObject({ owner: 'me', client_id: 'web-client' });
  });
});
