import { createServer } from 'node:net';
import { StartupProblems } from '../domain/startup-problems.ts';

/** Where each part of the development stack listens, on loopback; 0 takes any free port. */
export interface DevPorts {
  readonly vault: number;
  readonly google: number;
  readonly tokenVault: number;
  readonly gateway: number;
  /** The ops listeners take a free port where another program has these. */
  readonly tokenVaultOps: number;
  readonly gatewayOps: number;
}

export const DEV_PORTS: DevPorts = {
  vault: 8200,
  google: 4800,
  tokenVault: 50051,
  gateway: 8443,
  tokenVaultOps: 9464,
  gatewayOps: 9465,
};
export const ANY_PORTS: DevPorts = {
  vault: 0,
  google: 0,
  tokenVault: 0,
  gateway: 0,
  tokenVaultOps: 0,
  gatewayOps: 0,
};

type CheckedPort = 'vault' | 'google' | 'tokenVault' | 'gateway';

const NAMES: Readonly<Record<CheckedPort, string>> = {
  vault: 'OpenBao',
  google: 'the Google stand-in',
  tokenVault: 'TokenVault',
  gateway: 'the gateway',
};

/** @throws StartupProblems naming every port that another program has and that is needed as it is */
export async function checkPorts(ports: DevPorts): Promise<void> {
  const parts: CheckedPort[] = ['vault', 'google', 'tokenVault', 'gateway'];
  const checked = await Promise.all(
    parts.map(async (part) => ({ part, free: await isFree(ports[part]) })),
  );
  const problems = checked
    .filter(({ free }) => !free)
    .map(
      ({ part }) =>
        `Port ${ports[part]}, meant for ${NAMES[part]}, is taken by another program: stop it, or take free ports with "npm run dev -- --any-port".`,
    );
  if (problems.length > 0) throw new StartupProblems(problems);
}

function isFree(port: number): Promise<boolean> {
  if (port === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
