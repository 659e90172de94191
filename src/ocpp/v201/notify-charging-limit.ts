import { type PhaseValue, readProfile } from '../../../profiles/index.js';
import { fromStation, type Handled, type HandlerContext } from '../handler.js';
import type { ExternalLimitStep } from '../messages.js';
import { recorded } from '../station-record.js';

interface NotifyChargingLimit {
  readonly evseId?: number;
  readonly chargingSchedule?: readonly unknown[];
  readonly chargingLimit: {
    readonly chargingLimitSource: string;
    readonly isGridCritical?: boolean;
    readonly isLocalGeneration?: boolean;
  };
}

/**
 * K12: somebody else limits the station. It can only lower what we allow, so nothing is recounted;
 * but for local generation (2.1), which adds to it. Where it says how much, goals keep to it.
 */
export function notifyChargingLimit(
  payload: NotifyChargingLimit,
  context: HandlerContext,
): Handled {
  const { evseId, chargingLimit } = payload;
  const { chargingLimitSource, isGridCritical, isLocalGeneration } = chargingLimit;
  const where = evseId === undefined || evseId === 0 ? 'the whole station' : `EVSE ${evseId}`;
  const why = isGridCritical === true ? ', critical for the grid' : '';
  const handled = recorded(
    context,
    {},
    {
      kind: 'charging-limit',
      severity: isGridCritical === true ? 'warning' : 'info',
      summary: `${chargingLimitSource} limits ${where}${why}`,
      evseNumber: evseId,
      data: payload,
    },
  );
  if (isLocalGeneration === true) {
    return { ...handled, events: [{ ...fromStation(context), type: 'station.unsettled' }] };
  }
  // K12.FR.04: what the CSO set is ours, and must not bound what we set next.
  const steps = chargingLimitSource === 'CSO' ? [] : stepsOf(payload, context);
  if (steps.length === 0) return handled;
  const notified = {
    ...fromStation(context),
    type: 'limit.notified',
    source: chargingLimitSource,
    evseNumber: evseId ?? 0,
    steps,
  } as const;
  return { ...handled, events: [notified] };
}

/** Enough for a day of quarter hours; what comes later is told later. */
const STEPS_MAX = 100;
/** The end of the year 9999: numbers of seconds have no bound in the schema. */
const INSTANT_MAX_MS = 253_402_300_799_000;

/** The first schedule, read as the profile that it stands for; it starts now where it does not say. */
function stepsOf(
  { chargingSchedule = [] }: NotifyChargingLimit,
  { version, receivedAtMs }: HandlerContext,
): readonly ExternalLimitStep[] {
  const profile = readProfile(version, 0, {
    id: 0,
    stackLevel: 0,
    chargingProfilePurpose: 'ChargingStationExternalConstraints',
    chargingProfileKind: 'Absolute',
    chargingSchedule,
  });
  const schedule = 'schedules' in profile ? profile.schedules[0] : undefined;
  if (schedule === undefined) return [];
  const { unit, durationSec, periods } = schedule;
  const startAtMs = schedule.startAtMs ?? receivedAtMs;
  const endMs = startAtMs + (durationSec ?? Number.POSITIVE_INFINITY) * 1000;
  const steps = periods.slice(0, STEPS_MAX).flatMap(({ startSec, limit }): ExternalLimitStep[] => {
    const fromMs = startAtMs + startSec * 1000;
    const isTime = fromMs >= 0 && fromMs <= INSTANT_MAX_MS && fromMs < endMs;
    const isIn = isTime && limit?.l1 !== undefined && limit.l1 >= 0;
    return isIn ? [{ fromMs, unit, limit: wholeOf(limit, unit) }] : [];
  });
  steps.sort((a, b) => a.fromMs - b.fromMs);
  const isEnded = steps.length > 0 && endMs <= INSTANT_MAX_MS;
  return isEnded ? [...steps, { fromMs: endMs, unit }] : steps;
}

/** Limits per phase (2.1): the lowest in A, their sum in W. */
function wholeOf({ l1 = 0, l2, l3 }: PhaseValue, unit: 'A' | 'W'): number {
  if (l2 === undefined && l3 === undefined) return l1;
  const phases = [l1, l2 ?? l1, l3 ?? l1];
  return unit === 'A' ? Math.min(...phases) : phases.reduce((sum, phase) => sum + phase);
}
