/**
 * The energy of a transaction out of what its meter said. Registers lead; power, integrated over
 * time, is the witness that shows their unit, and stands in where they say nothing.
 */
import { type MeterBook, type MeterSums, sumsUntil } from './meter-book.js';

export type MeterQuirk =
  /** Registers count kWh under the name of Wh: the power shows it. */
  | 'register-in-kwh'
  /** Registers begin anew with each session. */
  | 'register-per-session'
  /** The register of the start cannot be: it is far below all others. */
  | 'start-register-implausible'
  | 'register-fell'
  /** No register rises: the power was integrated. */
  | 'energy-from-power';

export interface MeterReading {
  /** Delivered, Wh; absent: not known. */
  readonly energyWh?: number | undefined;
  readonly peakW?: number | undefined;
  readonly firstEnergyAtMs?: number | undefined;
  /** What registers count, where power shows it. */
  readonly unitShown?: 'Wh' | 'kWh' | undefined;
  readonly quirks: readonly MeterQuirk[];
}

export interface ReadingTimes {
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
  /** What registers of the station were found to count before. */
  readonly unitBefore?: 'Wh' | 'kWh' | undefined;
}

/** Values of the end that come a little after it, where the end itself named no register. */
export const CLOSING_MS = 300_000;
/** No vehicle takes more, and no session begins with more than this on its own register. */
const POWER_MAX_W = 1_000_000;
const REGISTER_SLACK_WH = 200_000;
/** A register that fell by less is a meter that jitters, not one that begins anew. */
const PER_SESSION_FRACTION = 0.9;
/** Enough energy by power to tell a factor of a thousand from noise. */
const WITNESS_MIN_WH = 1000;
const WITNESS_RATIO_MIN = 250;
const WITNESS_RATIO_MAX = 4000;
/** Less is a register that has not moved yet. */
const INTEGRATED_MIN_WH = 100;

export function readMeter(book: MeterBook, times: ReadingTimes): MeterReading {
  const closingMs = book.stopWh === undefined ? CLOSING_MS : 0;
  const sums = sumsUntil(book, (times.endedAtMs ?? Number.POSITIVE_INFINITY) + closingMs);
  const counted = countRegisters(book, sums, times);
  const unitShown = witnessUnit(counted.countWh, sums.integratedWh);
  const isKwh = (unitShown ?? times.unitBefore) === 'kWh';
  const registersWh =
    counted.countWh === undefined ? undefined : counted.countWh * (isKwh ? 1000 : 1);
  const isIntegrated = (registersWh ?? 0) <= 0 && sums.integratedWh >= INTEGRATED_MIN_WH;
  const energyWh = isIntegrated ? sums.integratedWh : registersWh;
  const { peakW, firstDrawAtMs } = sums;
  const quirks = [...counted.quirks];
  if (sums.hasFallen) quirks.push('register-fell');
  if (isKwh && (registersWh ?? 0) > 0) quirks.push('register-in-kwh');
  if (isIntegrated) quirks.push('energy-from-power');
  return {
    energyWh: energyWh === undefined ? undefined : roundedWh(energyWh),
    peakW,
    firstEnergyAtMs: firstDrawAtMs,
    unitShown,
    quirks,
  };
}

/** Registers are decimal numbers, and differences of doubles are not. */
function roundedWh(energyWh: number): number {
  return Math.round(energyWh * 1000) / 1000;
}

interface Counted {
  /** By registers, in their own unit. */
  readonly countWh?: number;
  readonly quirks: readonly MeterQuirk[];
}

/**
 * ```
 *      start                                 end = the highest that can be
 * 0 ---- | ------------------------------------ | ---- bound ---- cannot be
 *   \_ registers of a session that begin anew
 * ```
 */
function countRegisters(
  { startWh, stopWh }: MeterBook,
  { lowestWh, highestWh, untilMs }: MeterSums,
  { startedAtMs, endedAtMs }: ReadingTimes,
): Counted {
  const fromWh = startWh ?? lowestWh;
  // Samples of another scale than both the start and the end are no registers of this transaction.
  const isOtherScale =
    startWh !== undefined && stopWh !== undefined && stopWh >= startWh && (lowestWh ?? 0) > stopWh;
  const ends = [stopWh, isOtherScale ? undefined : highestWh].filter((it) => it !== undefined);
  if (fromWh === undefined) return { quirks: [] };
  if (ends.length === 0) return { countWh: 0, quirks: [] };
  const untilKnownMs = Math.max(endedAtMs ?? untilMs, startedAtMs);
  const boundWh = (POWER_MAX_W * (untilKnownMs - startedAtMs)) / 3_600_000 + REGISTER_SLACK_WH;
  const possible = ends.filter((it) => it >= fromWh && it - fromWh <= boundWh);
  if (possible.length > 0) return { countWh: Math.max(...possible) - fromWh, quirks: [] };
  const anew = ends.filter((it) => it < fromWh * PER_SESSION_FRACTION && it <= boundWh);
  if (anew.length > 0) return { countWh: Math.max(...anew), quirks: ['register-per-session'] };
  const far = ends.filter((it) => it - fromWh > boundWh);
  if (far.length === 0) return { countWh: 0, quirks: ['register-fell'] };
  const countWh = lowestWh === undefined ? 0 : Math.max(...far) - lowestWh;
  const isCountable = countWh >= 0 && countWh <= boundWh;
  return { countWh: isCountable ? countWh : 0, quirks: ['start-register-implausible'] };
}

function witnessUnit(countWh: number | undefined, integratedWh: number): 'Wh' | 'kWh' | undefined {
  if (countWh === undefined || countWh <= 0 || integratedWh < WITNESS_MIN_WH) return undefined;
  const ratio = integratedWh / countWh;
  if (ratio < WITNESS_RATIO_MIN) return 'Wh';
  return ratio <= WITNESS_RATIO_MAX ? 'kWh' : undefined;
}
