import { within } from '../concurrency/within.ts';
import { VaultFault } from '../vault/vault-fault.ts';
import { CannotCheck } from './cannot-check.ts';
import type { Check } from './check.ts';
import { CHECK_LIMIT_MS } from './check-limit.ts';
import type { DoctorContext } from './context.ts';
import { error, type Finding, skipped } from './finding.ts';
import { oneLine } from './one-line.ts';
import { type Report, reportOf } from './report.ts';

class TimedOut extends Error {}

/** Runs all of `checks` at once, each to its own end. It never rejects. */
export async function examine(context: DoctorContext, checks: readonly Check[]): Promise<Report> {
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await findingsOf(check, context);
      return findings.map((finding) => ({ ...oneLine(finding), area: check.area }));
    }),
  );
  return reportOf(found.flat());
}

async function findingsOf(check: Check, context: DoctorContext): Promise<readonly Finding[]> {
  try {
    return await within(context.clock, CHECK_LIMIT_MS, {
      work: check.run(context),
      onTimeout: () => new TimedOut(),
    });
  } catch (thrown) {
    if (thrown instanceof CannotCheck) return [skipped(thrown.because)];
    if (thrown instanceof TimedOut) return [timedOut()];
    return [brokenOff(thrown)];
  }
}

function timedOut(): Finding {
  return error({
    id: 'check.timed_out',
    text: `This could not be checked within ${CHECK_LIMIT_MS / 1000} s.`,
    remedy:
      'Run `tokenvault doctor` again; if it stays so, look at what is slow in the other areas.',
  });
}

function brokenOff(thrown: unknown): Finding {
  if (thrown instanceof VaultFault) {
    return error({
      id: 'check.broken_off',
      text: `Vault gave no answer (${thrown.code}), so this was not checked to its end.`,
      remedy: 'Run `tokenvault doctor` again; if it stays so, look at Vault’s log.',
    });
  }
  // Its name alone: its text may come from anywhere.
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return error({
    id: 'check.broken_off',
    text: `This check has a defect (${name}).`,
    remedy: 'Please report it, with what else was found.',
  });
}
