import type { Command } from 'commander';
import { duration } from '../../config/duration.ts';
import { oneOf } from '../../config/scalars.ts';
import { initVault } from '../../vault/admin/init.ts';
import {
  auditorPolicy,
  opsPolicy,
  renderPolicy,
  servicePolicy,
} from '../../vault/admin/policies.ts';
import { writePolicies } from '../../vault/admin/write-policies.ts';
import type { CliContext } from '../cli-context.ts';
import { flagValue } from '../flag-value.ts';
import { addVaultFlags, mountName, type VaultFlags, withVault } from '../vault-connection.ts';

interface InitFlags extends VaultFlags {
  readonly mount: string;
  readonly configMount: string;
  readonly revocationBound?: string;
  readonly revocationMode?: string;
  readonly changeSettings?: true;
  readonly writePolicies?: true;
}

/** The log is read every 0.5 s, so with a shorter bound every token would wait. */
const BOUND = duration('1s', '60s');
const MODE = oneOf(['available', 'strict']);

/** `tokenvault init`: mounts, path key and settings in Vault, and the policies to give out. */
export function addInitCommand(program: Command, context: CliContext): void {
  addVaultFlags(program.command('init'))
    .description('prepare Vault, once, with an operator token')
    .option('--mount <name>', 'mount of the service', mountName, 'tokenvault')
    .option('--config-mount <name>', 'mount of the OAuth clients', mountName, 'tokenvault-config')
    .option('--revocation-bound <duration>', 'how long RevokeUser waits for every replica (2s)')
    .option('--revocation-mode <mode>', 'available or strict, when Vault is cut off (available)')
    .option('--change-settings', 'change these two in a Vault that has them already')
    .option('--write-policies', 'also write the policies into Vault')
    .action((flags: InitFlags) => runInit(context, flags));
}

async function runInit(context: CliContext, flags: InitFlags): Promise<void> {
  const { revocationBound, revocationMode } = flags;
  const mounts = { mount: flags.mount, configMount: flags.configMount };
  const options = {
    ...mounts,
    ...(revocationBound === undefined
      ? {}
      : { boundMs: flagValue('--revocation-bound', revocationBound, BOUND) }),
    ...(revocationMode === undefined
      ? {}
      : { mode: flagValue('--revocation-mode', revocationMode, MODE) }),
    changeSettings: flags.changeSettings === true,
  };
  const policies = [servicePolicy(mounts), opsPolicy(mounts), auditorPolicy(mounts)];
  await withVault(context, flags, async (client) => {
    const report = await initVault(client, options, context);
    for (const { what, outcome } of report.steps) context.print(`${what}: ${outcome}`);
    const { boundMs, mode } = report.settings;
    context.print(`revocation bound ${boundMs / 1000} s, mode ${mode}`);
    if (report.steps.every(({ outcome }) => outcome === 'unchanged')) {
      context.print('Vault was prepared already; nothing was changed.');
    }
    if (flags.writePolicies) {
      for (const name of await writePolicies(client, policies)) {
        context.print(`policy ${name}: written`);
      }
    }
  });
  if (flags.writePolicies) return;
  for (const policy of policies) {
    context.print('');
    context.print(`# vault policy write ${policy.name} -`);
    context.print(renderPolicy(policy).trimEnd());
  }
}
