import { AppCalls } from './app-calls.ts';
import type { AppWorld } from './app-world.ts';
import {
  type ProductProcess,
  type ProductProcessOptions,
  startProduct,
} from './product-process.ts';

/** `tokenvault serve` in a process of its own. */
export interface AppProcess extends ProductProcess {
  /** Of gRPC; 0 where nobody waited for it. */
  readonly port: number;
  /** Where it answers /livez, /readyz and /metrics. */
  readonly opsPort: number;
  readonly calls: AppCalls;
  /** As an operator stops it. @returns the exit code */
  terminate(): Promise<number | null>;
}

export interface AppProcessOptions extends ProductProcessOptions {
  /** Configuration by dotted key, over the world's. */
  readonly set?: Readonly<Record<string, string>>;
  /** The log line to wait for; before `serving` it has no gRPC port. Default: `serving`. */
  readonly until?: 'ops_listening' | 'serving';
}

/** Starts it with the world's configuration, on free ports; resolves when it serves. */
export async function startAppProcess(
  world: AppWorld,
  { set, until = 'serving', ...options }: AppProcessOptions = {},
): Promise<AppProcess> {
  const settings = Object.entries({ ...world.flags, ...set });
  const flags = settings.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const product = startProduct(['serve', '--config', world.configFile, ...flags], options);
  const opsPort = await product.portOf('ops_listening');
  const port = until === 'serving' ? await product.portOf('serving') : 0;
  const calls = new AppCalls(world, port);
  return {
    ...product,
    port,
    opsPort,
    calls,
    kill: () => {
      calls.close();
      return product.kill();
    },
    terminate: () => {
      calls.close();
      product.signal('SIGTERM');
      return product.ended;
    },
  };
}
