/** Which sessions a plan is for, and what each of them needs. */
import type { Claim, Evse } from '../../solver/index.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { energyDeliveredWh, type Session } from '../sessions/session.js';
import type { PlanInput } from './plan-input.js';
import type { NeedSource } from './site-plan.js';

export interface PlannedNeed {
  readonly session: Session;
  /** Its channels are those that the vehicle is expected to use. */
  readonly evse: Evse & { readonly claim: Claim };
  /**
   * `assumed`: it is counted as charging at once, and the plan tells it nothing; where peaks cost
   * something it is planned, with as much time as the allocator takes a vehicle to have.
   */
  readonly source: NeedSource;
  readonly energyWh: number;
  readonly departureAtMs: number;
  /** The most that it takes, on all conductors that it loads, W. */
  readonly powerMaxW: number;
  /** The least at which it charges as the allocator counts it: on all conductors of its EVSE, W. */
  readonly minW: number;
}

/** What nobody knows anything of: a common session. */
const ENERGY_ASSUMED_WH = 15_000;
const ENERGY_LEFT_MIN_WH = 2000;
const HOUR_MS = 3_600_000;

/** @param problemEvses in the order of `all` */
export function plannedNeeds(
  input: PlanInput,
  all: readonly EvseStanding[],
  problemEvses: readonly Evse[],
  channelVoltageV: number,
): readonly PlannedNeed[] {
  return all.flatMap(({ session }, index): PlannedNeed[] => {
    const evse = problemEvses[index];
    const claim = evse?.claim;
    if (evse === undefined || claim === undefined || session === undefined) return [];
    if (claim.satisfied || input.without?.has(session.id) === true) return [];
    const currentA = Math.min(claim.currentMaxA, evse.currentMaxA);
    const channels = usedChannels(evse.channels, claim.usedChannels);
    const powerMaxW = currentA * channelVoltageV * channels.filter(Boolean).length;
    if (powerMaxW <= 0) return [];
    const need = needOf(input, session, claim, powerMaxW);
    const minW = claim.currentMinA * channelVoltageV * evse.channels.filter(Boolean).length;
    return need.energyWh <= 0
      ? []
      : [{ session, evse: { ...evse, channels, claim }, powerMaxW, minW, ...need }];
  });
}

/** Before it has charged a vehicle is expected to use all. */
function usedChannels(channels: Evse['channels'], used: Claim['usedChannels']): Evse['channels'] {
  if (used === undefined) return channels;
  return [channels[0] && used[0], channels[1] && used[1], channels[2] && used[2]];
}

type Need = Pick<PlannedNeed, 'source' | 'energyWh' | 'departureAtMs'>;

function needOf(input: PlanInput, session: Session, claim: Claim, powerMaxW: number): Need {
  const { nowMs } = input;
  if (claim.need !== undefined) {
    return { source: 'claim', ...claim.need };
  }
  const deliveredWh = energyDeliveredWh(session) ?? 0;
  const habit = input.habits.get(session.id);
  const leavesMs = habit === undefined ? 0 : session.pluggedInAtMs + habit.staySec * 1000;
  if (habit !== undefined && leavesMs > nowMs && habit.energyWh > deliveredWh) {
    return {
      source: 'history',
      energyWh: habit.energyWh - deliveredWh,
      departureAtMs: leavesMs,
    };
  }
  const energyWh = Math.max(ENERGY_LEFT_MIN_WH, ENERGY_ASSUMED_WH - deliveredWh);
  const readyMs = nowMs + (energyWh / powerMaxW) * HOUR_MS;
  const departureAtMs = Math.max(readyMs, assumedStayMs(input, session, deliveredWh, powerMaxW));
  return { source: 'assumed', energyWh, departureAtMs };
}

/**
 * Where a peak costs something, who said nothing is not charged at any price at once. Until it has the
 * common energy its time runs from plug-in, so that it never waits for ever; what it takes beyond that
 * is not urgent.
 */
function assumedStayMs(
  { state: { site }, nowMs }: PlanInput,
  { pluggedInAtMs }: Session,
  deliveredWh: number,
  powerMaxW: number,
): number {
  const { allocator, demandCharge } = site.settings;
  if (!demandCharge) return nowMs;
  const spareMs = allocator.laxityAssumedSec * 1000;
  if (deliveredWh >= ENERGY_ASSUMED_WH - ENERGY_LEFT_MIN_WH) return nowMs + spareMs;
  return pluggedInAtMs + spareMs + (ENERGY_ASSUMED_WH / powerMaxW) * HOUR_MS;
}
