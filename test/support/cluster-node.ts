import { once } from 'node:events';
import { type LaunchOptions, launch, type Running } from '../../src/dev/openbao/process.ts';
import { call } from '../../src/dev/openbao/sys-api.ts';
import { until } from './until.ts';

/** One OpenBao of a cluster. Its address and its data survive whatever is done to it. */
export class ClusterNode {
  readonly address: string;
  readonly #options: LaunchOptions;
  #running: Running | undefined;
  #frozen = false;

  constructor(options: LaunchOptions) {
    this.#options = options;
    this.address = `http://127.0.0.1:${options.port}`;
  }

  get state(): 'down' | 'frozen' | 'running' {
    if (this.#running === undefined || this.#running.exited()) return 'down';
    return this.#frozen ? 'frozen' : 'running';
  }

  /** Resolves when it answers, in whatever state it is. */
  async start(): Promise<void> {
    const running = await launch(this.#options);
    this.#running = running;
    this.#frozen = false;
    await until(`OpenBao answers at ${this.address}`, async () => {
      if (running.exited()) throw new Error(await running.lastLogLines());
      return (await call(this.address, 'GET', 'sys/health')).status !== 0;
    });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const process = this.#running?.process;
    if (process === undefined || this.state === 'down') return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It accepts connections and answers nothing. */
  freeze(): void {
    this.#frozen = true;
    this.#running?.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#frozen = false;
    this.#running?.process.kill('SIGCONT');
  }

  /** The active node lets go of its office, and takes no new one for ten seconds. */
  async stepDown(token: string): Promise<void> {
    await call(this.address, 'POST', 'sys/step-down', { token });
  }

  /** Only the active node takes this; it stays sealed until it is started again. */
  async seal(token: string): Promise<void> {
    await call(this.address, 'POST', 'sys/seal', { token });
  }
}
