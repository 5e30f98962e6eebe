import { appendFile } from 'node:fs/promises';
import { z } from 'zod';
import { httpRequest } from '../../test/support/http-request.ts';
import { type ProductProcess, startProduct } from '../../test/support/product-process.ts';
import { until } from '../../test/support/until.ts';

const memory = z.object({ heapUsed: z.number(), rss: z.number(), resources: z.number() });
/** Bytes after a collection of garbage; `resources`: sockets, and timers that keep the process alive. */
export type Memory = z.infer<typeof memory>;

/** What the process says on SIGUSR2. */
const SAYS_MEMORY = `
  process.on('SIGUSR2', () => {
    gc();
    const { heapUsed, rss } = process.memoryUsage();
    const resources = process.getActiveResourcesInfo().length;
    const line = JSON.stringify({ event: 'memory', heapUsed, rss, resources });
    process.stderr.write(line + '\\n');
  });`;
const NODE_ARGS = [
  '--expose-gc',
  '--import',
  `data:text/javascript,${encodeURIComponent(SAYS_MEMORY)}`,
];

export interface OverloadedServiceOptions {
  readonly configFile: string;
  /** Configuration by dotted key. */
  readonly set: Readonly<Record<string, string>>;
  /** Takes what it printed. */
  readonly logFile: string;
}

/** `tokenvault serve` in a process of its own, which says how much memory it holds. */
export class OverloadedService {
  readonly port: number;
  readonly #opsPort: number;
  readonly #product: ProductProcess;

  private constructor(product: ProductProcess, ports: { port: number; opsPort: number }) {
    this.#product = product;
    this.port = ports.port;
    this.#opsPort = ports.opsPort;
  }

  static async start(
    { configFile, set, logFile }: OverloadedServiceOptions,
    started: AsyncDisposableStack,
  ): Promise<OverloadedService> {
    const keys = { 'listen.address': 'localhost:0', 'ops.address': '127.0.0.1:0', ...set };
    const flags = Object.entries(keys).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const options = { nodeArgs: NODE_ARGS };
    const product = startProduct(['serve', '--config', configFile, ...flags], options);
    started.defer(async () => {
      await product.kill();
      await appendFile(logFile, product.printed.map((line) => `${line}\n`).join(''));
    });
    const port = await product.portOf('serving');
    return new OverloadedService(product, { port, opsPort: await product.portOf('ops_listening') });
  }

  async memory(): Promise<Memory> {
    const said = this.#product.logged('memory').length;
    this.#product.signal('SIGUSR2');
    const line = await until('the service says what it holds', () => {
      return this.#product.logged('memory')[said];
    });
    return memory.parse(line);
  }

  /** The sum of a metric's series whose names begin so. */
  async metric(beginning: string): Promise<number> {
    const { body } = await httpRequest(this.#opsPort, '/metrics');
    const lines = body.split('\n').filter((line) => line.startsWith(beginning));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
}
