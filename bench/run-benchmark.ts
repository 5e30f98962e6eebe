import { FIGURES, type Figures } from './figures.ts';
import { measureBatches } from './measures/batches.ts';
import { measureCachedCall } from './measures/cached-call.ts';
import { measureClientLibrary } from './measures/client-library.ts';
import { measureColdCall } from './measures/cold-call.ts';
import { measureCrowd } from './measures/crowd.ts';
import { measureManyUsers } from './measures/many-users.ts';
import { measureStart } from './measures/start.ts';
import { ServerProcess } from './server-process.ts';
import type { Sizes } from './sizes.ts';
import { startWorld, type WorldOptions } from './world.ts';

/** Starts everything, measures one thing after the other, and stops everything. */
export async function runBenchmark(options: WorldOptions, sizes: Sizes): Promise<Figures> {
  const { report } = options;
  await using started = new AsyncDisposableStack();
  report('Starting OpenBao and the stand-in for Google …');
  const world = await startWorld(options, started);
  report('Start-up …');
  const start = await measureStart(world, sizes);
  report('Many users …');
  const manyUsers = await measureManyUsers(world, sizes);
  report('The library for services …');
  const clientLibrary = await measureClientLibrary(world, sizes);
  report('Batches …');
  const batches = await measureBatches(world, sizes);
  const tokenVault = await ServerProcess.start({
    file: 'token-vault.ts',
    args: [world.configFile],
    logFile: `${world.directory}/token-vault.log`,
  });
  started.defer(() => tokenVault.stop());
  report('Cached calls …');
  const cachedCall = await measureCachedCall(world, tokenVault, sizes);
  report('Cold calls …');
  const coldCall = await measureColdCall(world, tokenVault, sizes);
  report('A crowd for one user …');
  const crowd = await measureCrowd(world, tokenVault, sizes);
  return complete({
    ...start,
    ...manyUsers,
    ...batches,
    ...cachedCall,
    ...coldCall,
    ...crowd,
    ...clientLibrary,
  });
}

/** Null for what no measure could say. */
function complete(measured: Partial<Figures>): Figures {
  const all = Object.keys(FIGURES).map((name) => [name, Reflect.get(measured, name) ?? null]);
  return Object.fromEntries(all);
}
