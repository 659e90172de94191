/** What a station proved while nobody could speak with it. Pure. */
import { LIMIT_TOLERANCE_A } from '../charge-rate.js';
import type { LedgerSettings } from '../../../ledger/types.js';
import { isAbove } from './reaction.js';
import type { OfflinePart, OfflineWork, StepVerdict, TestSample } from './test-record.js';

export interface OfflineEvidence {
  readonly part: OfflinePart;
  readonly offline: OfflineWork;
  /** By the station's clock. */
  readonly samples: readonly TestSample[];
  readonly settings: LedgerSettings;
  /** F0, A. */
  readonly fallbackA: number;
  /** The transaction runs still. */
  readonly runs: boolean;
  /** Over one channel, nominal. */
  readonly voltageV: number;
  readonly energyAfterWh?: number;
  readonly energyAfterAtMs?: number;
}

export interface OfflineJudged {
  readonly verdict: StepVerdict;
  readonly detail?: string;
}

/** A minute of silence proves little. */
const AWAY_MIN_SEC = 120;
/** The voltage may be this much above, and below, the nominal one (EN 50160). */
const VOLTAGE_FRACTION = 0.1;
const MS_PER_HOUR = 3_600_000;

/**
 * Failed: one sample, the energy or the schedule says that more was drawn, or would be, than the
 * ledger counted. Passed: none does, and one of them could have.
 */
export function judgeOffline(evidence: OfflineEvidence): OfflineJudged {
  const { offline, part, settings } = evidence;
  const { backAtMs = offline.lostAtMs, bootedAtMs } = offline;
  const awaySec = (backAtMs - offline.lostAtMs) / 1000;
  const above = firstAbove(evidence) ?? scheduleAbove(evidence) ?? energyAbove(evidence);
  if (above !== undefined) return { verdict: 'failed', detail: above };
  if (part === 'lease-expiry' && backAtMs < leaseOverMs(offline, settings)) {
    return unclear('it was plugged in again before its lease had ended');
  }
  if (awaySec < AWAY_MIN_SEC) {
    return unclear(`it was away for ${Math.round(awaySec)} s only: leave it unplugged longer`);
  }
  if (part === 'power-cycle') return judgeCycle(evidence, bootedAtMs);
  const fromMs =
    part === 'lease-expiry'
      ? leaseOverMs(offline, settings)
      : offline.lostAtMs + AWAY_MIN_SEC * 500;
  const seen = evidence.samples.filter((it) => it.atMs >= fromMs && it.atMs <= backAtMs);
  if (seen.length > 0)
    return { verdict: 'passed', detail: `measured ${seen.length} times while it was away` };
  const energy = energyOf(evidence);
  if (energy !== undefined && energy.unlimitedWh > energy.mostWh) {
    const drawnWh = Math.round(energy.drawnWh);
    return { verdict: 'passed', detail: `${drawnWh} Wh while it was away` };
  }
  return unclear('it reported neither samples nor energy of the time away');
}

function judgeCycle(evidence: OfflineEvidence, bootedAtMs: number | undefined): OfflineJudged {
  const { offline, samples } = evidence;
  if (bootedAtMs === undefined) return unclear('it did not say that it had booted');
  const { backAtMs = bootedAtMs, shown, bootReason = 'no reason given' } = offline;
  const seen = samples.some((it) => it.atMs >= backAtMs);
  if (shown?.limitA === undefined && !seen) {
    return unclear('after the boot it showed neither its composite schedule nor its draw');
  }
  return { verdict: 'passed', detail: `it booted: ${bootReason}` };
}

function unclear(detail: string): OfflineJudged {
  return { verdict: 'not-judgeable', detail };
}

/** Its clock may be off by the skew, and its vehicle needs the settle time (R6). */
function leaseOverMs(
  { boundaryAtMs }: OfflineWork,
  { skewSec, settleSec }: LedgerSettings,
): number {
  return boundaryAtMs + (skewSec + settleSec) * 1000;
}

/** What W was at that instant. Once it is back its lease is renewed at the same grant. */
function allowedA({ offline, settings, fallbackA }: OfflineEvidence, atMs: number): number {
  const { grantA, tailA, backAtMs = Number.POSITIVE_INFINITY } = offline;
  const isLeased = atMs < leaseOverMs(offline, settings) || atMs > backAtMs;
  return Math.max(isLeased ? grantA : 0, tailA, fallbackA);
}

function firstAbove(evidence: OfflineEvidence): string | undefined {
  const { samples } = evidence;
  const found = samples.find((it) => isAbove(it.drawnA, allowedA(evidence, it.atMs)));
  if (found === undefined) return undefined;
  const limitA = allowedA(evidence, found.atMs);
  const afterSec = Math.round((found.atMs - evidence.offline.lostAtMs) / 1000);
  return `drew ${found.drawnA.toFixed(1)} A where ${limitA} A were allowed, ${afterSec} s after the link was lost`;
}

function scheduleAbove(evidence: OfflineEvidence): string | undefined {
  const { offline, fallbackA, runs } = evidence;
  const { backAtMs = offline.lostAtMs, shown } = offline;
  if (shown?.limitA === undefined) return undefined;
  const limitA = runs ? allowedA(evidence, backAtMs) : fallbackA;
  if (shown.limitA <= limitA + LIMIT_TOLERANCE_A) return undefined;
  return `its composite schedule showed ${shown.limitA} A when it came back, where ${limitA} A hold`;
}

interface Energy {
  readonly drawnWh: number;
  /** The most that W allowed. */
  readonly mostWh: number;
  /** What a vehicle would have taken that nothing held. */
  readonly unlimitedWh: number;
}

function energyOf(evidence: OfflineEvidence): Energy | undefined {
  const { offline, energyAfterWh, energyAfterAtMs, voltageV, part } = evidence;
  const { energyBeforeWh, energyBeforeAtMs, phaseCount } = offline;
  if (energyBeforeWh === undefined || energyAfterWh === undefined) return undefined;
  if (energyBeforeAtMs === undefined || energyAfterAtMs === undefined) return undefined;
  const { backAtMs = energyAfterAtMs, lostAtMs } = offline;
  const backMs = Math.min(backAtMs, energyAfterAtMs);
  const overMs = Math.min(leaseOverMs(offline, evidence.settings), backMs);
  const leasedMs = overMs - energyBeforeAtMs + (energyAfterAtMs - backMs);
  const ampMs =
    allowedA(evidence, lostAtMs) * leasedMs + allowedA(evidence, backMs) * (backMs - overMs);
  const freeA = part === 'lease-expiry' ? offline.grantA : offline.takesA;
  const wattsPerA = voltageV * phaseCount;
  const freeAmpMs = freeA * (energyAfterAtMs - energyBeforeAtMs);
  return {
    drawnWh: energyAfterWh - energyBeforeWh,
    mostWh: (ampMs * wattsPerA * (1 + VOLTAGE_FRACTION)) / MS_PER_HOUR,
    unlimitedWh: (freeAmpMs * wattsPerA * (1 - VOLTAGE_FRACTION)) / MS_PER_HOUR,
  };
}

function energyAbove(evidence: OfflineEvidence): string | undefined {
  const energy = energyOf(evidence);
  if (energy === undefined || energy.drawnWh <= energy.mostWh) return undefined;
  const drawnWh = Math.round(energy.drawnWh);
  return `took ${drawnWh} Wh while it was away, where its limits allow ${Math.round(energy.mostWh)} Wh`;
}
