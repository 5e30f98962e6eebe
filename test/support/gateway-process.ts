import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeGatewayConfig } from '../../src/dev/dev-config.ts';
import type { AppWorld } from './app-world.ts';
import { APP_HEADERS, CODE_PATH } from './gateway-fixture.ts';
import { type HttpsAnswer, httpsRequest } from './https-request.ts';
import {
  type ProductProcess,
  type ProductProcessOptions,
  startProduct,
} from './product-process.ts';

/** `tokenvault gateway` in a process of its own. */
export interface GatewayProcess extends ProductProcess {
  /** Where it answers /livez, /readyz and /metrics. */
  readonly opsPort: number;
  /** Posts a code of a mobile app, or a whole body. */
  post(
    code: string | object,
    headers?: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<HttpsAnswer>;
}

/** Starts it before TokenVault on `tokenVaultPort`; resolves when apps can reach it. */
export async function startGatewayProcess(
  world: AppWorld,
  tokenVaultPort: number,
  options: ProductProcessOptions = {},
): Promise<GatewayProcess> {
  const { certificates, configFile } = world;
  const directory = path.dirname(configFile);
  await writeGatewayConfig({ directory, certificates, tokenVaultPort, port: 0 });
  const config = path.join(directory, 'gateway.yaml');
  const flags = ['--config', config, '--set', 'gateway.ops_address=127.0.0.1:0'];
  const product = startProduct(['gateway', ...flags], options);
  const opsPort = await product.portOf('ops_listening');
  const port = await product.portOf('gateway_listening');
  const target = { port, caPem: readFileSync(certificates.caFile, 'utf8') };
  const post = (
    code: string | object,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ) =>
    httpsRequest(target, {
      signal,
      method: 'POST',
      path: CODE_PATH,
      headers: { ...APP_HEADERS, ...headers },
      body: JSON.stringify(typeof code === 'string' ? { code, codeSource: 'MOBILE' } : code),
    });
  return { ...product, opsPort, post };
}
