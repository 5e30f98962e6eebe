import { describe, expect, it } from 'vitest';
import { debugEnvironmentProblems } from '../../../src/config/debug-environment.ts';

describe('a debug environment', () => {
  it.each([
    ['GRPC_TRACE', 'all'],
    ['GRPC_NODE_TRACE', 'http_filter'],
    ['GRPC_VERBOSITY', 'DEBUG'],
    ['GRPC_NODE_VERBOSITY', 'debug'],
    ['GRPC_NODE_DEBUG_SEND_ERROR_DETAILS', 'true'],
    ['NODE_DEBUG', 'http'],
    ['NODE_DEBUG_NATIVE', 'http2'],
    ['GOOGLE_SDK_NODE_LOGGING', '*'],
    ['SSLKEYLOGFILE', '/tmp/keys'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
  ])('is %s=%s', (name, value) => {
    const problems = debugEnvironmentProblems({ env: { [name]: value } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      new RegExp(`^${name} is set, which .*: unset it, or set unsafe\\.`),
    );
  });

  it.each([
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '--inspect-brk',
    '--inspect_wait=0',
    '--tls-keylog=/tmp/keys',
    '--trace-tls',
    '--heapsnapshot-signal=SIGUSR2',
    '--report-on-signal',
  ])('is %s, as an argument or in NODE_OPTIONS', (flag) => {
    const asArgument = debugEnvironmentProblems({ env: {}, execArgv: ['--no-warnings', flag] });
    const env = { NODE_OPTIONS: `--max-old-space-size=512  "${flag}"` };
    const asOption = debugEnvironmentProblems({ env });
    const [name] = flag.replaceAll('_', '-').split('=');
    expect(asArgument).toHaveLength(1);
    expect(asArgument[0]).toContain(`${name} is on the command line, which `);
    expect(asOption).toHaveLength(1);
    expect(asOption[0]).toContain(`${name} is in NODE_OPTIONS, which `);
  });

  it('is named whole, and none of its values is', () => {
    const problems = debugEnvironmentProblems({
      env: {
        NODE_DEBUG: 'planted',
        SSLKEYLOGFILE: 'planted',
        NODE_OPTIONS: '--tls-keylog=planted',
      },
      execArgv: ['--inspect=planted'],
    });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('planted');
  });

  it.each([
    [{ GRPC_VERBOSITY: 'ERROR', NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_DEBUG: '' }, []],
    [{ NODE_OPTIONS: '--enable-source-maps --inspect-port=0' }, ['--import', './inspect.js']],
    [{ NODE_ENV: 'production', DEBUG_COLORS: '1' }, ['--report-exclude-env']],
  ])('is not %j with %j', (env, execArgv) => {
    expect(debugEnvironmentProblems({ env, execArgv })).toEqual([]);
  });
});
