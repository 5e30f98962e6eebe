import { describe, expect, it } from 'vitest';
import {
  auditorPolicy,
  opsPolicy,
  renderPolicy,
  servicePolicy,
} from '../../../src/vault/admin/policies.ts';

const MOUNTS = { mount: 'tokenvault', configMount: 'tokenvault-config' };

describe('the service’s policy', () => {
  it('never allows what would reset a user’s versions, nor anything with sudo', () => {
    const { rules } = servicePolicy(MOUNTS);
    const onMetadata = rules.filter(({ path }) => path.includes('metadata/users'));

    expect(onMetadata.map(({ capabilities }) => capabilities)).toEqual([['list']]);
    expect(renderPolicy(servicePolicy(MOUNTS))).not.toContain('sudo');
  });

  it('only reads in ops’ mount', () => {
    const rules = servicePolicy(MOUNTS).rules.filter(({ path }) =>
      path.startsWith('tokenvault-config/'),
    );

    expect(rules.map(({ capabilities }) => capabilities)).toEqual([
      ['read'],
      ['read'],
      ['read'],
      ['read'],
    ]);
  });

  it('is written in HCL, one rule per path with its reason', () => {
    expect(renderPolicy(servicePolicy(MOUNTS))).toContain(
      '# one record per user\npath "tokenvault/data/users/*" { capabilities = ["create", "read", "update"] }\n',
    );
  });

  it('follows the names of the mounts', () => {
    const hcl = renderPolicy(servicePolicy({ mount: 'team/own', configMount: 'team/ops' }));

    expect(hcl).toContain('path "team/own/data/users/*"');
    expect(hcl).toContain('path "team/ops/data/clients/*"');
    expect(hcl).not.toContain('tokenvault');
  });
});

describe('ops’ policy', () => {
  it('has nothing in the mount of the tokens', () => {
    const paths = opsPolicy(MOUNTS).rules.map(({ path }) => path);

    expect(paths).toEqual([
      'tokenvault-config/data/clients/*',
      'tokenvault-config/metadata/clients/*',
      'tokenvault-config/data/log-key',
      'tokenvault-config/metadata/log-key',
    ]);
  });
});

describe('the auditor’s policy', () => {
  it('reads the key of the audit, and nothing else', () => {
    expect(
      auditorPolicy(MOUNTS).rules.map(({ path, capabilities }) => [path, capabilities]),
    ).toEqual([
      ['tokenvault-config/data/audit-key', ['read']],
      ['tokenvault-config/metadata/audit-key', ['read']],
    ]);
  });

  it('shares the key with no operator', () => {
    expect(renderPolicy(opsPolicy(MOUNTS))).not.toContain('audit-key');
  });
});
