import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../../src/client/settings-error.ts';
import { settingsFromEnvironment } from '../../../src/client/settings-from-environment.ts';

const CERTIFICATE = {
  TOKENVAULT_ADDRESS: 'tokenvault.example:50051',
  TOKENVAULT_CA_FILE: 'ca.pem',
  TOKENVAULT_CERT_FILE: 'cert.pem',
  TOKENVAULT_KEY_FILE: 'key.pem',
};

function problemsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    settingsFromEnvironment(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('the variables TOKENVAULT_*', () => {
  it('name the server, its authority, and the certificate and key of the caller', () => {
    expect(settingsFromEnvironment(CERTIFICATE)).toEqual({
      address: 'tokenvault.example:50051',
      caFile: 'ca.pem',
      certFile: 'cert.pem',
      keyFile: 'key.pem',
    });
  });

  it('name a token in place of these two', () => {
    const { TOKENVAULT_ADDRESS, TOKENVAULT_CA_FILE } = CERTIFICATE;
    const env = { TOKENVAULT_ADDRESS, TOKENVAULT_CA_FILE, TOKENVAULT_JWT_FILE: 'token' };
    expect(settingsFromEnvironment(env)).toEqual({
      address: 'tokenvault.example:50051',
      caFile: 'ca.pem',
      jwtFile: 'token',
    });
  });

  it('name several servers, and IP addresses where the name of the server is given', () => {
    const env = {
      ...CERTIFICATE,
      TOKENVAULT_ADDRESS: '10.0.0.1:1, [::1]:2,tokenvault.example:3',
      TOKENVAULT_SERVER_NAME: 'tokenvault.example',
    };
    expect(settingsFromEnvironment(env)).toMatchObject({ serverName: 'tokenvault.example' });
  });

  it('are all missing: each is named, with what to set', () => {
    expect(problemsOf({ TOKENVAULT_KEY_FILE: ' ' })).toEqual([
      expect.stringMatching(/^TOKENVAULT_ADDRESS is not set: give host:port/),
      expect.stringMatching(/^TOKENVAULT_CA_FILE is not set: name the PEM file/),
      expect.stringMatching(/^TOKENVAULT_CERT_FILE is not set: .*or set TOKENVAULT_JWT_FILE/),
      expect.stringMatching(/^TOKENVAULT_KEY_FILE is not set: name the PEM file/),
    ]);
  });

  it('are wrong in several ways: each is said', () => {
    const env = {
      ...CERTIFICATE,
      TOKENVAULT_ADDRESS: '10.0.0.1:50051,tokenvault.example:50051',
      TOKENVAULT_CA_FILE: undefined,
      TOKENVAULT_JWT_FILE: 'token',
    };
    expect(problemsOf(env)).toEqual([
      expect.stringContaining('TOKENVAULT_CA_FILE is not set'),
      expect.stringContaining('TOKENVAULT_JWT_FILE is set beside TOKENVAULT_CERT_FILE'),
      expect.stringMatching(
        /^TOKENVAULT_ADDRESS \(10\.0\.0\.1:50051\) is an IP address: .*TOKENVAULT_SERVER_NAME/,
      ),
    ]);
  });

  it.each(['localhost', 'localhost:70000', 'a:1,', 'https://a:1', 'a:1 b:2'])(
    'give no server with %j',
    (TOKENVAULT_ADDRESS) => {
      const [problem, ...others] = problemsOf({ ...CERTIFICATE, TOKENVAULT_ADDRESS });
      expect(problem).toContain('must be host:port');
      expect(others).toEqual([]);
    },
  );

  it('give no server name that no certificate can carry', () => {
    const env = { ...CERTIFICATE, TOKENVAULT_SERVER_NAME: 'a b' };
    expect(problemsOf(env)).toEqual(['TOKENVAULT_SERVER_NAME (a b) must be a DNS name.']);
  });
});
