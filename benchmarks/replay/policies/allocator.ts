/** The production allocator on the vehicles that are plugged in. */
import {
  allocate,
  type Allocation,
  amps,
  type Circuit,
  type CircuitLimit,
  type Claim,
  type Evse,
  sessionId,
  type SiteProblem,
  volts,
  type Watts,
  wattHours,
} from '../../../solver/index.js';
import type { PlanNow } from '../plan.js';
import { baseOf, type Guest, type PolicySettings, type View } from '../policy.js';
import { isOverloaded, withRelief } from '../relief.js';
import { circuitsBeside } from '../site.js';

function siteProblem(
  { site, onOffMinSec, isNeedKnown }: PolicySettings,
  view: View,
  plan?: PlanNow,
  raisedW = 0,
): SiteProblem {
  const { nowMs, guests } = view;
  const circuits = circuitsBeside(site, baseOf(view), raisedW);
  const claimOf = new Map(
    guests.map((it, at) => [it.evseIndex, claim(it, isNeedKnown, plan?.targetsA[at])]),
  );
  return {
    nowMs,
    supply: 'delta',
    voltageLineToNeutralV: volts(site.voltageLineToNeutralV),
    voltageLineToLineV: volts(site.voltageV),
    circuits: plan?.capW === undefined ? circuits : capped(circuits, site.voltageV, plan.capW),
    evses: site.evses.map((it, index): Evse => {
      const { id, circuitId, channels, currentMaxA, pilots } = it;
      const own = claimOf.get(index);
      const base = { id, circuitId, channels, currentMaxA, pilots, reservedA: amps(0) };
      return own === undefined ? base : { ...base, claim: { ...own, currentMinA: minOf(it) } };
    }),
    storage: [],
    pv: [],
    load: [],
    allocator: {
      laxityAssumedSec: 4 * 3600,
      laxityStepSec: 3600,
      onMinSec: onOffMinSec,
      offMinSec: onOffMinSec,
      offMaxSec: 1800,
    } as SiteProblem['allocator'],
  };
}

function minOf({ pilots }: Pick<Evse, 'pilots'>): Claim['currentMinA'] {
  return (pilots.kind === 'set' ? pilots.valuesA[0] : pilots.minA) ?? amps(6);
}

const needOf = (guest: Guest): NonNullable<Claim['need']> => ({
  energyWh: wattHours(guest.remainingWh),
  departureAtMs: guest.departureAtMs,
});

function claim(guest: Guest, isNeedKnown: boolean, targetA: number | undefined): Claim {
  return {
    sessionId: sessionId(guest.sessionId),
    currentMinA: amps(6),
    currentMaxA: amps(guest.maxA),
    ...(isNeedKnown && guest.isClaimed ? { need: needOf(guest) } : {}),
    pluggedInAtMs: guest.arrivedAtMs,
    lastLimitA: amps(guest.pilotA),
    sinceMs: guest.sinceMs,
    priority: 1,
    satisfied: false,
    ...(targetA === undefined ? {} : { targetA: amps(targetA) }),
  };
}

/** What the plan does not exceed, as a limit of all vehicles. */
function capped(circuits: readonly Circuit[], voltageV: number, capW: number): readonly Circuit[] {
  const limit: CircuitLimit = {
    kind: 'power',
    limitW: capW as Watts,
    voltageV: volts(voltageV),
    source: { kind: 'owner' },
  };
  return circuits.map((it, index) => (index === 0 ? { ...it, limits: [...it.limits, limit] } : it));
}

/** One pilot for each guest. */
export function allocated(settings: PolicySettings, view: View, plan?: PlanNow): number[] {
  const reliefW = Math.max(0, -(plan?.batteryW ?? 0));
  const limits = goalsOf(settings, view, plan, reliefW);
  return view.guests.map((it) => limits[it.evseIndex]?.limitA ?? 0);
}

/** The allocator's limits, one for each EVSE, with what a battery gives. */
export function goalsOf(
  settings: PolicySettings,
  view: View,
  plan: PlanNow | undefined,
  reliefW: number,
): Allocation['limits'] {
  return withRelief(
    reliefW,
    (raisedW) => allocate(siteProblem(settings, view, plan, raisedW)).limits,
    (limits) => {
      const currentOf = ({ evseIndex }: Guest): number => limits[evseIndex]?.limitA ?? 0;
      return isOverloaded(settings.site, view, { currentOf, reliefW });
    },
  );
}
