import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedCaller } from '../../../src/cli/named-caller.ts';
import { decide } from '../../../src/cli/policy-decision.ts';
import { parsePolicy } from '../../../src/config/policy-file.ts';
import { entryKeys } from '../../../src/config/policy-schema.ts';
import { RPC_NAMES, type RpcName } from '../../../src/domain/rpc-name.ts';
import { scopeOfShortName } from '../../../src/domain/scopes.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const page = (name: string) => readFileSync(join(PROJECT, name), 'utf8');
const callers = page('docs/callers.md');

/** Every policy that a page shows, its indentation taken off. */
function policiesIn(text: string): readonly string[] {
  const fences = text.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm);
  return Array.from(fences, ([, indent = '', body = '']) =>
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  ).filter((body) => /^callers:/m.test(body));
}

function entriesOf(policy = '') {
  const parsed = parsePolicy(policy);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return parsed.policy.callers;
}

describe('the policies of the documentation', () => {
  it.each(['README.md', 'docs/callers.md'])('are good in %s', (name) => {
    const policies = policiesIn(page(name));
    expect(policies.length).toBeGreaterThan(0);
    for (const policy of policies) expect(parsePolicy(policy)).toHaveProperty('policy');
  });

  it('name every key in the table of keys', () => {
    const [, section = ''] = callers.split(/^## The keys of an entry$/m);
    const [table = ''] = section.split(/^## /m);
    const rows = Array.from(table.matchAll(/^\| `([a-z_]+)` \|/gm), ([, key]) => key);
    expect(rows).toEqual(Object.keys(entryKeys()));
  });
});

describe('ops/policy/gateway.yaml', () => {
  it('lets the gateway exchange codes, and do nothing else', () => {
    const entries = entriesOf(page('ops/policy/gateway.yaml'));
    const caller = namedCaller('spiffe://example.com/gateway', undefined);
    const allowed = RPC_NAMES.filter((rpc) => {
      const asked = { caller, rpc, oauthClient: 'default', scopes: [] };
      return decide(entries, asked).deniedBy === undefined;
    });
    expect(allowed).toEqual(['ExchangeCode']);
    expect(entries).toHaveLength(1);
  });
});

describe('what docs/callers.md says of its policy for three services', () => {
  const [policy] = policiesIn(callers);
  const ask = (name: string, rpc: RpcName, more: object = {}) => {
    const caller = namedCaller(`spiffe://example.com/${name}`, undefined);
    const asked = { caller, rpc, oauthClient: 'default', scopes: [], ...more };
    return decide(entriesOf(policy), asked).deniedBy ?? 'allowed';
  };
  const drive = (scope: string, userDomain?: string) =>
    ask('drive-worker', 'GetAccessToken', { scopes: [scopeOfShortName(scope)], userDomain });

  it('holds', () => {
    expect([
      ask('gateway', 'ExchangeCode'),
      ask('gateway', 'ExchangeCode', { oauthClient: 'partner' }),
      ask('gateway', 'GetAccessToken'),
      drive('drive.readonly', 'customer.example'),
      drive('drive', 'customer.example'),
      drive('drive.metadata.readonly', 'customer.example'),
      drive('drive.readonly'),
      ask('account-service', 'RevokeUser'),
      ask('any-other', 'GetUser'),
    ]).toEqual([
      'allowed',
      'oauthClient',
      'rpc',
      'allowed',
      'scope',
      'allowed',
      'user',
      'allowed',
      'rpc',
    ]);
  });
});
