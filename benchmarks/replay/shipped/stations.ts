/** Stations that answer at once and do what they are told: what they hold, and what their pilots are. */
import type { ChargingProfile, SchedulePeriod } from '../../../profiles/index.js';
import type { PendingCommand } from '../../../src/control/state.js';
import type { CommandOutcome, StationEvent } from '../../../src/ocpp/messages.js';

export interface Stations {
  readonly answer: (pending: PendingCommand, nowMs: number) => StationEvent;
  /** Of its EVSE, A; 0 where it runs no transaction. */
  readonly pilotA: (stationId: string, nowMs: number) => number;
  /** When any of its pilots changes by itself; Infinity: never. */
  readonly nextMs: (stationId: string, nowMs: number) => number;
}

interface Held {
  fallback?: ChargingProfile;
  lease?: ChargingProfile;
}

const DECLARED = {
  ChargeProfileMaxStackLevel: '8',
  ChargingScheduleAllowedChargingRateUnit: 'Current',
  ChargingScheduleMaxPeriods: '24',
};

export function createStations(): Stations {
  const all = new Map<string, Held>();
  const heldBy = (stationId: string): Held => {
    const held = all.get(stationId) ?? {};
    all.set(stationId, held);
    return held;
  };
  const leading = (stationId: string): ChargingProfile | undefined => {
    const { lease, fallback } = heldBy(stationId);
    return lease ?? fallback;
  };

  function take({ stationId, command }: PendingCommand, nowMs: number): CommandOutcome {
    const held = heldBy(stationId);
    switch (command.kind) {
      case 'read-variables':
        return { status: 'accepted', variables: DECLARED };
      case 'set-charging-profile':
        if (command.profile.purpose === 'tx') held.lease = command.profile;
        else held.fallback = command.profile;
        return { status: 'accepted' };
      case 'clear-charging-profile':
        if (command.profileId === held.lease?.id) delete held.lease;
        return { status: 'accepted' };
      case 'get-composite-schedule': {
        const { durationSec, evseNumber } = command;
        const periods = periodsFrom(leading(stationId), nowMs, durationSec);
        const told = { evseNumber, startAtMs: nowMs, durationSec, unit: 'A', periods } as const;
        return { status: 'accepted', schedule: told };
      }
      default:
        return { status: 'accepted' };
    }
  }

  return {
    answer: (pending, nowMs) => ({
      type: 'command.answered',
      stationId: pending.stationId,
      receivedAtMs: nowMs,
      sentAtMs: nowMs,
      epoch: pending.epoch,
      seq: pending.seq,
      outcome: take(pending, nowMs),
    }),
    pilotA: (stationId, nowMs) => periodsFrom(leading(stationId), nowMs, 1)[0]?.limit ?? 0,
    nextMs: (stationId, nowMs) => {
      const { startAtMs = 0, periods = [] } = leading(stationId) ?? {};
      const edges = periods.map(({ startSec }) => startAtMs + startSec * 1000);
      return Math.min(Infinity, ...edges.filter((atMs) => atMs > nowMs));
    },
  };
}

/** From an instant on: the one that holds then, and those that begin within the time. */
function periodsFrom(
  profile: ChargingProfile | undefined,
  fromMs: number,
  durationSec: number,
): readonly SchedulePeriod[] {
  const { startAtMs = 0, periods = [] } = profile ?? {};
  const elapsedSec = (fromMs - startAtMs) / 1000;
  return periods
    .map((it) => ({ ...it, startSec: Math.max(0, it.startSec - elapsedSec) }))
    .filter((it, at, own) => it.startSec < durationSec && (own[at + 1]?.startSec ?? 1) > 0);
}
