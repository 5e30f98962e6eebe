import { describe, expect, it } from 'vitest';
import { CannotCheck } from '../../../src/doctor/cannot-check.ts';
import type { Check } from '../../../src/doctor/check.ts';
import { CHECK_LIMIT_MS } from '../../../src/doctor/check-limit.ts';
import { CHECKS } from '../../../src/doctor/checks.ts';
import { DoctorContext } from '../../../src/doctor/context.ts';
import { examine } from '../../../src/doctor/examine.ts';
import { error, ok } from '../../../src/doctor/finding.ts';
import { VaultFault } from '../../../src/vault/vault-fault.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const good: Check = { area: 'audit', run: async () => [ok('audit.good', 'Good.')] };

const readFile = () => '';

/** With nothing in the configuration that could be used. */
function blind(clock = new ManualClock()) {
  return new DoctorContext({ sections: {}, problems: [] }, { clock, readFile });
}

function thatThrows(error: unknown): Check {
  return { area: 'vault', run: () => Promise.reject(error) };
}

describe('an examination', () => {
  it('says what it could not look at, and why, and goes on with the rest', async () => {
    const { findings, counts } = await examine(blind(), [
      good,
      thatThrows(new CannotCheck('Because.')),
    ]);

    expect(findings).toEqual([
      { area: 'vault', severity: 'skipped', id: 'check.skipped', text: 'Because.' },
      { area: 'audit', severity: 'ok', id: 'audit.good', text: 'Good.' },
    ]);
    expect(counts).toEqual({ error: 0, warning: 0, skipped: 1, ok: 1 });
  });

  it('gives up a check that does not end, and says so', async () => {
    const clock = new ManualClock();
    const endless: Check = { area: 'google', run: () => new Promise(() => undefined) };
    const examined = examine(blind(clock), [endless, good]);

    await clock.advance(CHECK_LIMIT_MS);

    const { findings } = await examined;
    expect(findings.map(({ severity, id }) => `${severity} ${id}`)).toEqual([
      'error check.timed_out',
      'ok audit.good',
    ]);
  });

  it.each([
    [new VaultFault({ sent: true, code: 'TIMEOUT' }), /Vault gave no answer \(TIMEOUT\)/],
    [new TypeError('planted words'), /has a defect \(TypeError\)/],
    ['planted words', /has a defect \(string\)/],
  ])('says of a check that breaks off no more than it may: %s', async (thrown, text) => {
    const { findings } = await examine(blind(), [thatThrows(thrown)]);

    expect(findings).toEqual([expect.objectContaining({ id: 'check.broken_off' })]);
    expect(findings[0]?.text).toMatch(text);
    expect(JSON.stringify(findings)).not.toContain('planted');
  });

  it('prints nothing that is more than text, whoever said it', async () => {
    const said = 'OpenBao 2.7.2\x1b[2J\nok       All is well.\u202e\u2028';
    const odd = error({ id: 'vault.version', about: said, text: said, remedy: `Use “${said}”…` });
    const { findings } = await examine(blind(), [{ area: 'vault', run: async () => [odd] }]);
    const shown = 'OpenBao 2.7.2?[2J?ok       All is well.??';

    expect(findings).toEqual([
      { ...odd, area: 'vault', about: shown, text: shown, remedy: `Use “${shown}”…` },
    ]);
  });

  it('of a configuration with no good section says so for every area', async () => {
    const problems = [{ sentence: 'The configuration file x does not exist: correct `--config`.' }];
    const context = new DoctorContext(
      { sections: {}, problems },
      { clock: new ManualClock(), readFile },
    );

    const { findings } = await examine(context, CHECKS);

    expect(findings[0]).toMatchObject({ severity: 'error', id: 'config.problem' });
    expect(findings.slice(1).every(({ severity }) => severity === 'skipped')).toBe(true);
  });
});
