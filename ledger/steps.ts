/**
 * Leases with steps: a drop that is known ahead is a period of the lease, skew and settle early, so that
 * a station keeps it without hearing anything more. Without steps the lease would end at the first drop.
 */
import { type Amps, amps } from '../solver/index.js';
import type { Misfit, Rise } from './load-over-time.js';
import { ownSettings } from './own-settings.js';
import { pilotsBetween } from './pilots.js';
import type { Place } from './place.js';
import type { GrantInput, LeaseStep, Step } from './types.js';

/** A shorter piece of a lease is not worth a period, s. */
const PIECE_MIN_SEC = 30;
/** A step that shows whether a station follows any lasts so long: its clock may be off at both ends, s. */
const PROBE_SEC = 60;

export interface Lease {
  readonly limitA: number;
  readonly steps: readonly LeaseStep[];
  readonly boundaryAtMs: number;
  readonly tailA: number;
}

/** What a stepped lease is made of: where it is for, and where it does not fit yet. */
export interface Stepping {
  readonly input: GrantInput;
  readonly place: Place;
  readonly misfitOf: (lease: Lease) => Misfit | undefined;
}

/**
 * The lease with a step before each instant from which it does not fit, or with an earlier end where the
 * station takes no more periods or nothing above the tail fits. Undefined: no step makes it fit.
 */
export function steppedDown(stepping: Stepping, wanted: Lease): Lease | undefined {
  const { input, place } = stepping;
  const { ledger, periodsMax } = place.evse;
  const stepsMax = periodsMax - 2;
  if (ledger.steps !== 'shown' || !ledger.leaseShown || stepsMax < 1) return undefined;
  const { skewSec, settleSec } = ownSettings(ledger, input.settings);
  let lease: Lease = { ...wanted, steps: [] };
  for (;;) {
    const misfit = stepping.misfitOf(lease);
    if (misfit === undefined) return lease.steps.length === 0 ? undefined : lease;
    const fromMs = Math.floor(misfit.atMs / 1000 - skewSec - settleSec) * 1000;
    const afterMs = lease.steps.at(-1)?.fromMs ?? input.nowMs;
    if (fromMs < afterMs + PIECE_MIN_SEC * 1000 || fromMs >= lease.boundaryAtMs) return undefined;
    const isShort = fromMs > lease.boundaryAtMs - PIECE_MIN_SEC * 1000;
    const isFull = lease.steps.length === stepsMax || isShort;
    const currentA = isFull ? undefined : highestFrom(stepping, lease, { misfit, fromMs });
    lease =
      currentA === undefined
        ? { ...lease, boundaryAtMs: fromMs }
        : { ...lease, steps: [...lease.steps, { fromMs, currentA }] };
  }
}

/** The highest pilot above the tail that fits from the step on; a lower one never fits worse. */
function highestFrom(
  stepping: Stepping,
  lease: Lease,
  { misfit, fromMs }: { readonly misfit: Misfit; readonly fromMs: number },
): Amps | undefined {
  const { pilots } = stepping.place.evse;
  const lastA = lease.steps.at(-1)?.currentA ?? lease.limitA;
  const possible = pilotsBetween(pilots, lease.tailA, lastA);
  let best: Amps | undefined;
  let [low, high] = [0, possible.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const currentA = amps(possible[middle] ?? 0);
    const next = stepping.misfitOf({ ...lease, steps: [...lease.steps, { fromMs, currentA }] });
    if (next === undefined || next.atMs > misfit.atMs) {
      best = currentA;
      low = middle + 1;
    } else high = middle;
  }
  return best;
}

/**
 * A step shortly before the end of the first lease since a boot: its composite is read back anyway, and
 * shows with it whether the station follows steps. A lease is renewed long before its end. Where the
 * limit leaves no pilot above the tail, the next larger one is read back for it.
 */
export function probeOf({ evse }: Place, lease: Lease, nowMs: number): readonly LeaseStep[] {
  const { ledger, pilots, periodsMax } = evse;
  const isKnown = ledger.steps === 'shown' || ledger.steps === 'ignored';
  if (lease.steps.length > 0 || isKnown) return lease.steps;
  if (periodsMax < 3) return [];
  const fromMs = lease.boundaryAtMs - PROBE_SEC * 1000;
  const currentA = pilotsBetween(pilots, lease.tailA, lease.limitA).at(-1);
  if (currentA === undefined || fromMs < nowMs + PROBE_SEC * 1000) return [];
  return [{ fromMs, currentA: amps(currentA) }];
}

/** The steps that are still to come, none above `limitA`. */
export function stepsAhead(
  steps: readonly LeaseStep[] | undefined,
  limitA: number,
  nowMs: number,
): readonly LeaseStep[] {
  return (steps ?? []).filter((it) => it.fromMs > nowMs && it.currentA < limitA);
}

/** The lower of two at every instant; both begin at the same limit. */
export function lowestSteps(
  a: readonly LeaseStep[],
  b: readonly LeaseStep[],
): readonly LeaseStep[] {
  const all = [...a, ...b].sort((x, y) => x.fromMs - y.fromMs || x.currentA - y.currentA);
  const found: LeaseStep[] = [];
  for (const step of all) {
    const last = found.at(-1);
    if (last === undefined || step.currentA < last.currentA) found.push(step);
  }
  return found;
}

/** What the sums change by between two instants when `command` takes the place of W. */
export function replacing(
  command: readonly Step[],
  worst: readonly Step[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Rise[] {
  const later = [...command, ...worst].map((it) => it.fromMs).filter((it) => it > fromMs);
  const instants = [fromMs, ...[...new Set(later)].filter((it) => it < toMs).sort((x, y) => x - y)];
  const valueAt = (steps: readonly Step[], atMs: number): number =>
    steps.findLast((it) => it.fromMs <= atMs)?.currentA ?? 0;
  return instants.map((atMs, index) => ({
    fromMs: atMs,
    toMs: instants[index + 1] ?? toMs,
    addA: Math.min(0, valueAt(command, atMs) - valueAt(worst, atMs)),
  }));
}
