import type { Figures } from '../figures.ts';
import { ServerProcess } from '../server-process.ts';
import type { Sizes } from '../sizes.ts';
import { lowerQuartile } from '../statistics.ts';

/** What the library for services costs the process that it runs in. */
export async function measureClientLibrary(
  { directory }: { readonly directory: string },
  { heldRounds, heldCalls, clientUsers }: Sizes,
): Promise<Partial<Figures>> {
  const service = await ServerProcess.start({
    file: 'client-library.ts',
    args: [String(heldCalls), String(clientUsers)],
    logFile: `${directory}/client-library.log`,
    flags: ['--expose-gc'],
  });
  try {
    const costs: number[] = [];
    for (let round = 0; round < heldRounds; round += 1) {
      const { us = Number.NaN } = await service.ask('held');
      costs.push(us);
    }
    const used = async () => (await service.ask('memory')).used ?? Number.NaN;
    const { users: few = Number.NaN } = await service.ask('held users');
    const withFew = await used();
    const { users: held = Number.NaN } = await service.ask('fill');
    const withAll = await used();
    // Once more, so that places have changed hands.
    await service.ask('fill');
    const before = await used();
    const { users = Number.NaN } = await service.ask('many users');
    const after = await used();
    const loop = await service.ask('loop');
    return {
      client_held_token_cpu_us: lowerQuartile(costs),
      client_memory_per_token_bytes: (withAll - withFew) / (held - few),
      client_users: users,
      client_memory_growth_bytes: after - before,
      client_loop_users: loop.users ?? Number.NaN,
      client_loop_memory_growth_bytes: loop.growth ?? Number.NaN,
    };
  } finally {
    await service.stop();
  }
}
