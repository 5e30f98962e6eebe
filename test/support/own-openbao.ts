import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type OpenBao, startOpenBao } from '../../src/dev/openbao/server.ts';
import { stopProcess } from './stop-process.ts';

/** An OpenBao that one test may treat as badly as it likes. Its address and data survive. */
export interface OwnOpenBao {
  readonly address: string;
  readonly rootToken: string;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  /** It accepts connections and answers nothing; resolves when not one of its threads runs. */
  freeze(): Promise<void>;
  thaw(): void;
  /** kill -9. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnOpenBao(): Promise<OwnOpenBao> {
  const binary = inject('openBaoBinary');
  const dataDir = await mkdtemp(join(tmpdir(), 'tokenvault-own-openbao-'));
  let running: OpenBao = await startOpenBao({ binary, dataDir });
  const { address, rootToken } = running;
  return {
    address,
    rootToken,
    seal: () => running.seal(),
    unseal: () => running.unseal(),
    freeze: () => stopProcess(running.process),
    thaw: () => void running.process.kill('SIGCONT'),
    kill: async () => {
      const ended = new Promise((resolve) => running.process.once('exit', resolve));
      running.process.kill('SIGKILL');
      await ended;
    },
    restart: async () => {
      running = await startOpenBao({ binary, dataDir, port: Number(new URL(address).port) });
    },
    stop: async () => {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
