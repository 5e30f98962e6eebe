import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  type ConfigSources,
  loadConfig,
  loadGatewayConfig,
  surveyServiceConfig,
} from '../../../src/config/load-config.ts';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';
import { configFiles, GATEWAY, readFrom, SERVER, tokenIn } from '../../support/config-files.ts';

let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  files = await configFiles();
});

/** Sources whose configuration file is `tree`, beside the files above. */
function sources(tree: object | string, more: Partial<ConfigSources> = {}): ConfigSources {
  const text = typeof tree === 'string' ? tree : stringify(tree);
  const readFile = readFrom(new Map([...files, ['tokenvault.yaml', text]]));
  return { file: 'tokenvault.yaml', env: {}, readFile, ...more };
}

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof StartupProblems) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration of the server', () => {
  it('has a default for everything that is not about this installation', () => {
    const config = loadConfig(sources(SERVER));
    expect(config.listen.address).toBe('0.0.0.0:50051');
    expect(config.vault).toMatchObject({
      mount: 'tokenvault',
      configMount: 'tokenvault-config',
      requestTimeoutMs: 2_000,
      readRetries: 2,
    });
    expect(config.google).toEqual({
      tokenUrl: 'https://oauth2.googleapis.com/token',
      revokeUrl: 'https://oauth2.googleapis.com/revoke',
      certsUrl: 'https://www.googleapis.com/oauth2/v1/certs',
      issuers: ['https://accounts.google.com', 'accounts.google.com'],
      requestTimeoutMs: 5_000,
      exchangeTimeoutMs: 30_000,
      signingKeysMaxAgeMs: 86_400_000,
    });
    expect(config.cache).toEqual({
      maxTokens: 200_000,
      freshShare: 0.5,
      googleFailuresMs: 5_000,
    });
    expect(config.limits).toEqual({
      refreshes: 64,
      refreshesWaiting: 2_000,
      callsInFlight: 20_000,
      requestsPerSecond: 5_000,
      connections: 1_000,
      streamsPerConnection: 100,
      connectionAgeMs: 1_800_000,
      connectionAgeGraceMs: 30_000,
      messageBytes: 65_536,
      metadataBytes: 8_192,
      defaultDeadlineMs: 10_000,
      maxDeadlineMs: 60_000,
      refreshTimeoutMs: 30_000,
      rejectedTokensPerMinute: 5,
      exchangesPerMinute: 30,
      heldCommits: 1_000,
      heldForMs: 600_000,
      drainGraceMs: 600_000,
    });
    expect(config.log.level).toBe('info');
  });

  it('holds what the files say, secrets wrapped', () => {
    const config = loadConfig(sources(SERVER));
    expect(config.listen.tls.cert).toBe(files.get('server.pem'));
    expect(config.listen.tls.key.reveal()).toBe(files.get('server-key.pem'));
    expect(config.listen.tls.clientCa).toBe(files.get('ca.pem'));
    expect(config.vault.auth).toMatchObject({ method: 'token_file', file: 'token' });
    expect(tokenIn(config)).toBe('hvs.canary-token');
    expect(config.policy).toMatchObject({
      callers: [{ matcher: { kind: 'spiffeId', id: 'spiffe://example.org/worker' } }],
    });
    expect(JSON.stringify(config)).not.toMatch(/canary|PRIVATE KEY/);
  });

  it('takes a flag before a variable, a variable before the file, the file before the default', () => {
    const tree = { ...SERVER, log: { level: 'warn' } };
    const env = { TOKENVAULT_LOG_LEVEL: 'error' };
    const flags = { 'log.level': 'debug' };
    expect(loadConfig(sources(tree, { env, flags })).log.level).toBe('debug');
    expect(loadConfig(sources(tree, { env })).log.level).toBe('error');
    expect(loadConfig(sources(tree)).log.level).toBe('warn');
    expect(loadConfig(sources(SERVER)).log.level).toBe('info');
  });

  it('takes numbers, durations and lists from variables too', () => {
    const env = {
      TOKENVAULT_CACHE_MAX_TOKENS: '50',
      TOKENVAULT_VAULT_REQUEST_TIMEOUT: '1500ms',
      TOKENVAULT_VAULT_ADDRESSES: 'https://a:8200/, https://b:8200',
    };
    const config = loadConfig(sources(SERVER, { env }));
    expect(config.cache.maxTokens).toBe(50);
    expect(config.vault.requestTimeoutMs).toBe(1_500);
    expect(config.vault.addresses).toEqual(['https://a:8200', 'https://b:8200']);
  });

  it('needs no file where variables say everything, and finds the file by TOKENVAULT_CONFIG', () => {
    const env = {
      TOKENVAULT_LISTEN_TRUST_DOMAIN: 'example.org',
      TOKENVAULT_LISTEN_TLS_CERT_FILE: 'server.pem',
      TOKENVAULT_LISTEN_TLS_KEY_FILE: 'server-key.pem',
      TOKENVAULT_LISTEN_TLS_CLIENT_CA_FILE: 'ca.pem',
      TOKENVAULT_VAULT_ADDRESSES: 'http://127.0.0.1:8200',
      TOKENVAULT_VAULT_AUTH_TOKEN_FILE: 'token',
      TOKENVAULT_POLICY_FILE: 'policy.yaml',
    };
    const none = sources('', { env, file: undefined });
    expect(loadConfig(none).vault.addresses).toEqual(['http://127.0.0.1:8200']);
    const named = sources(SERVER, {
      env: { TOKENVAULT_CONFIG: 'tokenvault.yaml' },
      file: undefined,
    });
    expect(loadConfig(named).vault.addresses).toEqual(['https://vault.example.com:8200']);
  });

  it("falls back to the variables of Vault's and OpenBao's own tools, BAO_ first", () => {
    const { vault: _, ...tree } = SERVER;
    const env = {
      VAULT_ADDR: 'https://vault:8200',
      BAO_ADDR: 'https://bao:8200',
      VAULT_TOKEN: 'from-vault-token',
      VAULT_NAMESPACE: 'team',
      VAULT_CACERT: 'ca.pem',
    };
    const config = loadConfig(sources(tree, { env }));
    const { vault } = config;
    expect(vault).toMatchObject({ addresses: ['https://bao:8200'], namespace: 'team' });
    expect(tokenIn(config)).toBe('from-vault-token');
    expect(vault.tls.caPem).toBe(files.get('ca.pem'));
    const own = loadConfig(sources(SERVER, { env }));
    expect(own.vault.addresses).toEqual(['https://vault.example.com:8200']);
    expect(tokenIn(own)).toBe('hvs.canary-token');
  });

  it('reports everything that is wrong at once, each with its key and its line or variable', () => {
    const text = [
      'listen:',
      '  tls: { cert_file: absent.pem, key_file: server-key.pem, client_ca_file: ca.pem }',
      'vault:',
      '  addresses: [https://a:8200, http://vault.example.com:8200]',
      '  request_timeout: 5',
      'policy: { file: policy.yaml }',
      'logs: { level: info }',
    ].join('\n');
    const env = { TOKENVAULT_CACHE_MAX_TOKENS: 'many', TOKENVAULT_CASHE_MAX_TOKENS: '7' };
    expect(problemsOf(() => loadConfig(sources(text, { env })))).toEqual([
      expect.stringMatching(
        /^logs \(tokenvault\.yaml:7\) is not a key: did you mean log\? The keys of the file are listen, /,
      ),
      expect.stringMatching(
        /^TOKENVAULT_CASHE_MAX_TOKENS is not .* did you mean TOKENVAULT_CACHE_MAX_TOKENS\?$/,
      ),
      expect.stringMatching(
        /^listen\.tls\.cert_file \(tokenvault\.yaml:2\) .*that file does not exist\.$/,
      ),
      expect.stringMatching(/^vault\.addresses\[1\] \(tokenvault\.yaml:4\) must be an https URL /),
      expect.stringMatching(/^vault\.auth\.token_file is missing: .*_VAULT_AUTH_TOKEN_FILE\.$/),
      expect.stringMatching(
        /^vault\.request_timeout \(tokenvault\.yaml:5\) must be .* from 100ms to 60s\.$/,
      ),
      expect.stringMatching(
        /^cache\.max_tokens \(environment TOKENVAULT_CACHE_MAX_TOKENS\) must be /,
      ),
    ]);
  });

  it('never quotes a value', () => {
    const env = {
      TOKENVAULT_VAULT_AUTH_TOKEN_FILE: 'canary-path',
      TOKENVAULT_GOOGLE_TOKEN_URL: 'https://user:canary@oauth2.googleapis.com/token',
      VAULT_TOKEN: 'canary with spaces',
    };
    const tree = { ...SERVER, log: { level: 'canary' }, listen: 'canary' };
    const problems = problemsOf(() => loadConfig(sources(tree, { env })));
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('canary');
  });

  it('refuses a key that does not belong to its certificate', () => {
    const tls = { ...SERVER.listen.tls, key_file: 'client-key.pem' };
    expect(problemsOf(() => loadConfig(sources({ ...SERVER, listen: { tls } })))).toEqual([
      expect.stringMatching(/^listen\.tls\.key_file .* private key of the certificate/),
    ]);
  });

  it('refuses a certificate file that holds something else, and a token file that is no token', () => {
    const tls = { ...SERVER.listen.tls, client_ca_file: 'token' };
    const vault = { ...SERVER.vault, auth: { token_file: 'policy.yaml' } };
    expect(problemsOf(() => loadConfig(sources({ ...SERVER, listen: { tls }, vault })))).toEqual([
      expect.stringMatching(
        /^listen\.tls\.client_ca_file .* PEM certificates, but that file is not/,
      ),
      expect.stringMatching(/^vault\.auth\.token_file .* one token and nothing else/),
    ]);
  });

  it('says only what is wrong with the file where it cannot be read or is not YAML', () => {
    expect(problemsOf(() => loadConfig({ ...sources(SERVER), file: 'other.yaml' }))).toEqual([
      'The configuration file other.yaml does not exist: correct `--config`.',
    ]);
    const env = { TOKENVAULT_CONFIG: 'other.yaml' };
    expect(problemsOf(() => loadConfig({ env, readFile: sources('').readFile }))).toEqual([
      'The configuration file other.yaml does not exist: correct TOKENVAULT_CONFIG.',
    ]);
    expect(problemsOf(() => loadConfig(sources('log:\n\tlevel: canary')))[0]).toMatch(
      /^The configuration file tokenvault\.yaml: line 2 is not YAML \(TAB_AS_INDENT\)\.$/,
    );
  });

  it('refuses to start with what shows secrets, beside everything else that is wrong', () => {
    const env = { GRPC_TRACE: 'all', TOKENVAULT_LOG_LEVEL: 'loud' };
    const problems = problemsOf(() =>
      loadConfig(sources(SERVER, { env, execArgv: ['--inspect'] })),
    );
    expect(problems).toHaveLength(3);
    expect(problems[0]).toContain('GRPC_TRACE is set');
    expect(problems[1]).toContain('--inspect is on the command line');
    expect(problems[2]).toContain('log.level');
  });

  it.each([
    ['the file', { unsafe: { allow_debug_environment: true } }, {}],
    ['a variable', {}, { TOKENVAULT_UNSAFE_ALLOW_DEBUG_ENVIRONMENT: 'true' }],
  ])('starts with what shows secrets where %s allows it', (_where, tree, more) => {
    const env = { NODE_DEBUG: 'http', ...more };
    expect(loadConfig(sources({ ...SERVER, ...tree }, { env })).log.level).toBe('info');
    expect(loadGatewayConfig(sources({ ...GATEWAY, ...tree }, { env })).log.level).toBe('info');
  });

  it('takes nothing but true and false for that', () => {
    const tree = { ...SERVER, unsafe: { allow_debug_environment: 'yes' } };
    const problems = problemsOf(() => loadConfig(sources(tree, { env: { NODE_DEBUG: 'http' } })));
    expect(problems.join()).toMatch(
      /allow_debug_environment \(tokenvault\.yaml:\d+\) must be true or false/,
    );
    expect(problems).toHaveLength(2);
  });

  it('lets the variables of callers and of Kubernetes be', () => {
    const env = {
      TOKENVAULT_ADDRESS: 'tokenvault:50051',
      TOKENVAULT_JWT_FILE: 'jwt',
      TOKENVAULT_SERVICE_HOST: '10.0.0.1',
      TOKENVAULT_PORT: 'tcp://10.0.0.1:50051',
      TOKENVAULT_GATEWAY_PORT_8443_TCP_ADDR: '10.0.0.2',
    };
    expect(problemsOf(() => loadConfig(sources(SERVER, { env })))).toEqual([]);
  });

  it("does not mind the gateway's section in the same file, except for keys that do not exist", () => {
    expect(problemsOf(() => loadConfig(sources({ ...SERVER, ...GATEWAY })))).toEqual([]);
    const gateway = { ...GATEWAY.gateway, colour: 'blue' };
    expect(problemsOf(() => loadConfig(sources({ ...SERVER, gateway })))).toEqual([
      expect.stringMatching(
        /^gateway\.colour \(tokenvault\.yaml:\d+\) is not a key\. The keys of gateway are /,
      ),
    ]);
  });

  it.each([
    [{ cache: { max_token: 7 } }, 'cache.max_token', 'cache.max_tokens'],
    [{ limits: { max_tokens: 7 } }, 'limits.max_tokens', 'cache.max_tokens'],
    [{ polcy: { file: 'policy.yaml' } }, 'polcy', 'policy'],
  ])('says which key was meant most likely: %j', (tree, key, meant) => {
    const [problem] = problemsOf(() => loadConfig(sources({ ...SERVER, ...tree })));
    expect(problem).toMatch(
      new RegExp(`^${key} \\(tokenvault\\.yaml:\\d+\\) is not a key: did you mean ${meant}\\? `),
    );
  });

  it('refuses a default deadline beyond the maximum', () => {
    const limits = { default_deadline: '2m', max_deadline: '90s' };
    expect(problemsOf(() => loadConfig(sources({ ...SERVER, limits })))).toEqual([
      expect.stringMatching(/^limits\.default_deadline .* must not be longer than max_deadline\.$/),
    ]);
  });

  it('refuses flags for keys that do not exist', () => {
    expect(problemsOf(() => loadConfig(sources(SERVER, { flags: { 'log.colour': 'x' } })))).toEqual(
      ['log.colour (flag --set) is not a key of the configuration.'],
    );
  });
});

describe('a survey of the configuration of the server', () => {
  it('has every section where nothing is wrong', () => {
    const { sections, problems } = surveyServiceConfig(sources(SERVER));
    expect(problems).toEqual([]);
    expect(sections).toEqual(loadConfig(sources(SERVER)));
  });

  it('keeps the good sections of one that is refused, and says everything for which it is', () => {
    const broken = { ...SERVER, listen: {}, policy: { file: 'nowhere.yaml' } };
    const { sections, problems } = surveyServiceConfig(sources(broken));
    expect(problems.map(({ sentence }) => sentence)).toEqual(
      problemsOf(() => loadConfig(sources(broken))),
    );
    expect(sections.vault).toEqual(loadConfig(sources(SERVER)).vault);
    expect(Object.keys(sections)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(listen|policy)$/)]),
    );
  });

  it('knows nothing of a file that cannot be read', () => {
    const { sections, problems } = surveyServiceConfig(sources('vault: ['));
    expect(sections).toEqual({});
    expect(problems).toHaveLength(1);
  });
});

describe('the configuration of the gateway', () => {
  it('holds both of its TLS identities', () => {
    const { gateway, log } = loadGatewayConfig(sources(GATEWAY));
    expect(gateway).toMatchObject({
      address: '0.0.0.0:8443',
      tls: { cert: files.get('server.pem') },
      tokenVault: {
        addresses: ['tokenvault.example.com:50051'],
        caPem: files.get('ca.pem'),
        certPem: files.get('client.pem'),
      },
    });
    expect(gateway.tokenVault.serverName).toBeUndefined();
    expect(gateway.tls.key.reveal()).toBe(files.get('server-key.pem'));
    expect(gateway.tokenVault.keyPem.reveal()).toBe(files.get('client-key.pem'));
    expect(log.level).toBe('info');
  });

  it("needs none of the server's keys", () => {
    expect(problemsOf(() => loadGatewayConfig(sources({})))).toEqual([
      expect.stringMatching(/^gateway\.tls\.cert_file is missing/),
      expect.stringMatching(/^gateway\.tls\.key_file is missing/),
      expect.stringMatching(/^gateway\.token_vault_address is missing/),
      expect.stringMatching(/^gateway\.token_vault_tls\.ca_file is missing/),
      expect.stringMatching(/^gateway\.token_vault_tls\.cert_file is missing/),
      expect.stringMatching(/^gateway\.token_vault_tls\.key_file is missing/),
    ]);
  });
});
