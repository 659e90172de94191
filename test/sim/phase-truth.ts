/** Which phases of the supply an EVSE loads in truth, and for how long nobody can know (R12). */
import type { EvseState } from '../../src/control/state.js';
import type { Site } from '../../src/sites/site.js';
import type { PerChannel } from '../../solver/index.js';
import type { Scenario } from './scenario.js';
import { phaseCountOf, type SimEvse } from './sim-evse.js';

/** A vehicle that takes another phase before it has shown for so long that it does without is no surprise. */
const SHOWN_FOR_MS = 120_000;
/**
 * So long a meter that is stuck may be believed: while a register of 100 Wh a step, which it may have, would
 * stand still beside 6 A on one phase, and two samples more.
 */
const STUCK_SHOWN_MS = 480_000;
/** From a sample to the engine's having it, where nothing is slow. */
const TRANSIT_MS = 2000;

/** A single-phase vehicle loads the first phase of its EVSE, or the one that is closed, wherever that leads. */
export function loadedChannels(evse: SimEvse): PerChannel<boolean> {
  const { channels, rotation } = evse.site;
  if (phaseCountOf(evse) > 1) return channels;
  const wired = channels.filter(Boolean).length;
  if (wired < 3 || rotation === undefined) {
    const first = channels.indexOf(true);
    return [first === 0, first === 1, first === 2];
  }
  const name = rotation[(evse.onePhase ?? 1) - 1];
  return [name === 'R', name === 'S', name === 'T'];
}

/** Nothing is lost, late or away: the bounds of R12 are as tight as they get. */
export function isQuiet({ faults, stations }: Scenario): boolean {
  const { lossFraction, stallFraction, links, reboots, engine } = faults;
  const isCalm = lossFraction === 0 && stallFraction === 0;
  const isUp = links.length + reboots.length + engine.length === 0;
  return isCalm && isUp && stations.every((it) => it.lateFraction === 0 && it.rejectFraction === 0);
}

/** How long a vehicle may use a phase on which W does not count it. */
export interface UnseenBounds {
  /** Without a pause, until a sample has shown it; infinite where samples may stay out. */
  readonly sampledMs: number;
  /** Until the credit that the last sample before gave ends by itself. */
  readonly creditMs: number;
}

export function unseenBounds(scenario: Scenario): UnseenBounds {
  const { sampleIntervalSec, leaseMeteredSec, skewSec } = scenario.site.settings;
  return {
    sampledMs: isQuiet(scenario) ? sampleIntervalSec * 1000 + TRANSIT_MS : Number.POSITIVE_INFINITY,
    creditMs: (2 * sampleIntervalSec + leaseMeteredSec + skewSec) * 1000,
  };
}

/** It has taken another phase, or is another vehicle, and the engine cannot know yet. */
export function isUnseen(
  evse: SimEvse,
  known: Pick<EvseState, 'transactionId' | 'ledger'> | undefined,
  { nowMs, ...bounds }: UnseenBounds & { readonly nowMs: number },
): boolean {
  const { sampledMs, creditMs } = boundsOf(evse, bounds, nowMs);
  const { switchedAtMs, switchedDrawAtMs, firstDrawAtMs = 0, tx } = evse;
  if (tx === undefined) return false;
  const isSurprise = switchedAtMs !== undefined && switchedAtMs - firstDrawAtMs >= SHOWN_FOR_MS;
  if (isSurprise) {
    const { switchedForMs = 0, switchedSinceMs = nowMs } = evse;
    const forMs = Math.max(switchedForMs, nowMs - switchedSinceMs);
    if (forMs < sampledMs && nowMs < (switchedDrawAtMs ?? nowMs) + creditMs) return true;
  }
  if (known?.ledger.phaseCredit === undefined) return false;
  const boundMs = Math.min(sampledMs, creditMs);
  return known.transactionId !== tx.fingerprint && nowMs < tx.startedAtMs + boundMs;
}

/** Samples of a meter that is stuck show no phase, and the first one after it may be on its way. */
function boundsOf(
  { stuckAt, unstuckAtMs = Number.NEGATIVE_INFINITY, spec: { samplesLateMs = 0 } }: SimEvse,
  { sampledMs: inTimeMs, creditMs }: UnseenBounds,
  nowMs: number,
): UnseenBounds {
  const sampledMs = inTimeMs + samplesLateMs;
  const isOver = nowMs >= unstuckAtMs + Math.min(sampledMs, creditMs);
  if (stuckAt === undefined && isOver) return { sampledMs, creditMs };
  return { sampledMs: Number.POSITIVE_INFINITY, creditMs: creditMs + STUCK_SHOWN_MS };
}

/** W summed over the channels on which it counts now, A. */
export function channelAmps(
  loads: readonly {
    readonly channels: PerChannel<boolean>;
    readonly steps: readonly { readonly currentA: number }[];
  }[],
): number {
  return loads.reduce(
    (sum, { channels, steps }) => sum + channels.filter(Boolean).length * (steps[0]?.currentA ?? 0),
    0,
  );
}

/** With the rotation of every EVSE that is wired to three phases. */
export function withRotations(
  site: Site,
  pick: () => NonNullable<Site['evses'][number]['rotation']>,
): Site {
  const evses = site.evses.map((evse) =>
    site.supply === 'wye' && evse.channels.every(Boolean) ? { ...evse, rotation: pick() } : evse,
  );
  return { ...site, evses };
}

/** As an engine knows it to which nobody has told the rotations. */
export function withoutRotations(site: Site): Site {
  return { ...site, evses: site.evses.map(({ rotation: _unknown, ...evse }) => evse) };
}
