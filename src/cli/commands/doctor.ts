import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { addConfigFlags, type ConfigFlags, sourcesOf } from '../config-flags.ts';
import { reportJson, reportLines } from '../doctor-report.ts';
import { NotHealthy } from '../doctor-verdict.ts';

interface Flags extends ConfigFlags {
  readonly gateway?: string;
  readonly json?: true;
}

/** `tokenvault doctor`: what is wrong with an installation, and what to do about it. */
export function addDoctorCommand(program: Command, context: CliContext): void {
  addConfigFlags(program.command('doctor'))
    .description('look at everything that the service needs, and change nothing')
    .option('--gateway <file>', 'configuration file of a gateway, which is looked at too')
    .option('--json', 'JSON on stdout')
    .action((flags: Flags) => runDoctor(context, flags));
}

/** @throws NotHealthy once everything is said */
async function runDoctor(context: CliContext, flags: Flags): Promise<void> {
  // Loaded here, so that other commands need not load all that it looks at.
  const { surveyServiceConfig } = await import('../../config/load-config.ts');
  const { DoctorContext } = await import('../../doctor/context.ts');
  const { examine } = await import('../../doctor/examine.ts');
  const { CHECKS } = await import('../../doctor/checks.ts');
  const { GatewaySurvey } = await import('../../doctor/gateway-survey.ts');
  const { gateway: file, ...own } = flags;
  const gateway =
    file === undefined ? undefined : new GatewaySurvey(sourcesOf(context, { config: file }));
  const config = surveyServiceConfig(sourcesOf(context, own));
  const looked = new DoctorContext(config, { ...context, gateway });
  try {
    const report = await examine(looked, CHECKS);
    if (flags.json) context.print(reportJson(report));
    else for (const line of reportLines(report)) context.print(line);
    if (report.counts.error > 0) throw new NotHealthy(1);
    if (report.counts.warning > 0) throw new NotHealthy(3);
  } finally {
    await looked.close();
  }
}
