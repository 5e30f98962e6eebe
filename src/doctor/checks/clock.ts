import type { Check } from '../check.ts';
import { error, type Finding, ok, skipped, warning } from '../finding.ts';

/** Below it network and the whole seconds of a `Date` header explain the difference. */
const NOTICED_MS = 5_000;
/** So much is allowed for among machines; beyond it times in tokens and records are wrong. */
const WRONG_MS = 60_000;

const REMEDY = 'Set this machine’s clock by NTP: `timedatectl` says whether it is synchronised.';

/** This machine's clock against Vault's. */
export const vaultClockCheck: Check = {
  area: 'clock',
  async run({ vault }) {
    const nodes = await vault.nodes();
    return nodes.map(({ address, aheadMs }) => clockFinding(`Vault at ${address}`, aheadMs));
  },
};

/** And against Google's. */
export const googleClockCheck: Check = {
  area: 'clock',
  async run({ google }) {
    const reached = await google.certs();
    return [clockFinding('Google', 'aheadMs' in reached ? reached.aheadMs : undefined)];
  },
};

export function clockFinding(whose: string, aheadMs: number | undefined): Finding {
  if (aheadMs === undefined) return skipped(`${whose} did not say what time it is.`, whose);
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= NOTICED_MS) {
    return ok('clock.right', `This machine’s clock agrees with that of ${whose}.`, whose);
  }
  const side = aheadMs > 0 ? 'behind' : 'ahead of';
  const text = `This machine’s clock is ${seconds} s ${side} that of ${whose}.`;
  const say = Math.abs(aheadMs) > WRONG_MS ? error : warning;
  return say({ id: 'clock.differs', about: whose, text, remedy: REMEDY });
}
