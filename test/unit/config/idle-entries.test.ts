import { describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/config-sections.ts';
import { IdleEntryLog } from '../../../src/config/idle-entry-log.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { parsePolicy } from '../../../src/config/policy-file.ts';
import { idleEntries } from '../../../src/config/provable-callers.ts';
import { configFiles, readFrom } from '../../support/config-files.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';

const files = configFiles();
const RIGHTS = 'rpcs: [GetUser], users: all';
const DNS = 'dns_name: ops.example.org';
const OUR_ISSUER = 'https://issuer.example';
const ISSUERS = JSON.stringify([{ issuer: OUR_ISSUER, audience: 'tokenvault' }]);
const bearerOf = (issuer: string) => `jwt: { issuer: '${issuer}', subject: x }`;

/** The configuration with these keys set otherwise. */
async function configWith(flags: Readonly<Record<string, string>> = {}): Promise<Config> {
  return loadConfig({ file: 'tokenvault.yaml', env: {}, flags, readFile: readFrom(await files) });
}

function entries(...matchers: readonly string[]) {
  const lines = matchers.map((matcher) => `  - { ${matcher}, ${RIGHTS} }`);
  const parsed = parsePolicy(['callers:', ...lines].join('\n'));
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return parsed.policy.callers;
}

describe('an entry of the policy', () => {
  it.each<[string, Record<string, string>]>([
    ['spiffe_id: spiffe://example.org/worker', {}],
    ['spiffe_id_prefix: spiffe://example.org/', {}],
    [DNS, { 'listen.dns_names': 'true' }],
    [bearerOf(OUR_ISSUER), { 'listen_jwt.issuers': ISSUERS }],
  ])('%s may have callers', async (matcher, flags) => {
    expect(idleEntries(entries(matcher), await configWith(flags))).toEqual([]);
  });

  it.each([
    ['spiffe_id: spiffe://example.com/worker', 'listen.trust_domain is example.org'],
    ['spiffe_id: spiffe://example.org.evil/worker', 'listen.trust_domain is example.org'],
    ['spiffe_id_prefix: spiffe://example.com/', 'listen.trust_domain is example.org'],
    [DNS, 'listen.dns_names is false'],
    [bearerOf(OUR_ISSUER), 'its issuer is none of listen_jwt.issuers'],
  ])('%s has none: %s', async (matcher, problem) => {
    const idle = idleEntries(entries(matcher), await configWith());
    expect(idle).toEqual([{ entry: 'callers[0]', line: 2, problem }]);
  });

  it('of another issuer than those that are believed has none', async () => {
    const config = await configWith({ 'listen_jwt.issuers': ISSUERS });
    expect(idleEntries(entries(bearerOf(`${OUR_ISSUER}/`)), config)).toHaveLength(1);
  });

  it('by SPIFFE ID has none where no trust domain is named', async () => {
    const { listen, ...rest } = await configWith({ 'listen.dns_names': 'true' });
    const config = { ...rest, listen: { ...listen, trustDomain: undefined } };
    expect(idleEntries(entries('spiffe_id: spiffe://example.org/worker'), config)).toMatchObject([
      { problem: 'listen.trust_domain is not set' },
    ]);
  });
});

describe('the log', () => {
  it('has one warning for each such entry, again only when it has changed', async () => {
    const logger = new RecordingLogger();
    const log = new IdleEntryLog(await configWith(), logger);
    log.warnOf(
      entries(DNS, 'spiffe_id: spiffe://example.org/worker', bearerOf('https://x.example')),
    );
    const [event, level] = ['policy_entry_idle', 'warn'];
    expect(logger.lines.splice(0)).toMatchObject([
      { event, level, entry: 'callers[0]', line: 2, problem: 'listen.dns_names is false' },
      { event, level, entry: 'callers[2]', line: 4 },
    ]);
    log.warnOf(entries(DNS));
    expect(logger.lines).toEqual([]);
    log.warnOf(entries('spiffe_id: spiffe://example.org/worker', DNS));
    expect(logger.lines.splice(0)).toMatchObject([{ event, entry: 'callers[1]', line: 3 }]);
    log.warnOf([]);
    log.warnOf(entries(DNS));
    expect(logger.lines).toMatchObject([{ event, entry: 'callers[0]' }]);
  });
});
