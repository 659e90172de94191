/** What a token usually needs, where nobody said it: from its own sessions that are over. Pure. */
import { energyDeliveredWh, type Session } from '../sessions/session.js';

export interface Habit {
  /** From plug-in. */
  readonly staySec: number;
  /** From the start of the transaction. */
  readonly energyWh: number;
}

/** Fewer say nothing of a habit. */
const SESSIONS_MIN = 3;
/** Shorter, or less, was no charging that tells anything. */
const STAY_MIN_SEC = 600;
const ENERGY_MIN_WH = 500;
/** Careful on both sides: it leaves early, and wants much. */
const STAY_QUANTILE = 0.2;
const ENERGY_QUANTILE = 0.8;

/** Undefined: too few of its sessions tell when the vehicle left and what it took. */
export function habitOf(past: readonly Session[]): Habit | undefined {
  const told = past.flatMap((session): Habit[] => {
    const energyWh = energyDeliveredWh(session);
    const { endedAtMs, pluggedInAtMs, endPresumed } = session;
    if (energyWh === undefined || endedAtMs === undefined || endPresumed !== undefined) return [];
    const staySec = (endedAtMs - pluggedInAtMs) / 1000;
    return staySec < STAY_MIN_SEC || energyWh < ENERGY_MIN_WH ? [] : [{ staySec, energyWh }];
  });
  if (told.length < SESSIONS_MIN) return undefined;
  return {
    staySec: quantile(
      told.map((it) => it.staySec),
      STAY_QUANTILE,
    ),
    energyWh: quantile(
      told.map((it) => it.energyWh),
      ENERGY_QUANTILE,
    ),
  };
}

/** The least value that this share of them does not exceed. */
function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1));
  return sorted[index] ?? 0;
}
