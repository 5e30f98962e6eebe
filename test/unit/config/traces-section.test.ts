import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../src/config/load-config.ts';
import { configFiles, readFrom, SERVER } from '../../support/config-files.ts';

let files: Map<string, string>;

beforeAll(async () => {
  files = await configFiles();
});

function load(traces: object, env: Readonly<Record<string, string>> = {}) {
  const text = stringify({ ...SERVER, traces });
  const readFile = readFrom(new Map([...files, ['tokenvault.yaml', text]]));
  return loadConfig({ file: 'tokenvault.yaml', env, readFile }).traces;
}

describe('the traces section', () => {
  it('is off unless a collector is named', () => {
    expect(load({})).toEqual({ otlpEndpoint: undefined, sampleOneIn: 100 });
  });

  it('takes the collector that other programs of the host send to, unless it names its own', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.internal:4318' };
    expect(load({}, env).otlpEndpoint).toBe('http://collector.internal:4318');
    const own = { otlp_endpoint: 'https://own.internal/otlp' };
    expect(load(own, env).otlpEndpoint).toBe('https://own.internal/otlp');
  });

  it.each(['collector:4318', 'ftp://collector', 'http://user:word@collector', 'http://a/?b=c'])(
    'refuses %s, without quoting it',
    (otlp_endpoint) => {
      expect(() => load({ otlp_endpoint })).toThrow(/traces\.otlp_endpoint/);
      expect(() => load({ otlp_endpoint })).not.toThrow(otlp_endpoint);
    },
  );
});
