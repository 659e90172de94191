/** What shares the grid connection with the vehicles: a building, PV, a stationary battery. */
import { nextStepMs, powerAt, type PowerSeries } from './power-series.js';

export interface BatterySpec {
  readonly capacityWh: number;
  /** Of charging and of discharging. */
  readonly powerMaxW: number;
}

export interface Surroundings {
  /** What is counted: whole local days, and until the last vehicle has left. */
  readonly startAtMs: number;
  readonly endAtMs: number;
  readonly timeZone: string;
  readonly load?: PowerSeries;
  readonly pv?: PowerSeries;
  readonly battery?: BatterySpec;
}

/** Of charging and of discharging, each. */
export const ONE_WAY_EFFICIENCY = 0.95;
export const STARTS_AT_FRACTION = 0.5;

/** What the building takes from the connection, W: generation makes no room beyond a rating. */
export const baseW = (loadW: number, pvW: number): number => Math.max(0, loadW - pvW);

/** When load or PV takes its next step; Infinity: never. */
export function nextChangeMs({ load, pv }: Surroundings, atMs: number): number {
  return Math.min(nextStepMs(load, atMs), nextStepMs(pv, atMs));
}

/** The least that the building takes from the connection within a while, W. */
export function leastBaseW(around: Surroundings, fromMs: number, toMs: number): number {
  let least = Infinity;
  for (let atMs = fromMs; atMs < toMs; atMs = nextChangeMs(around, atMs)) {
    least = Math.min(least, baseW(powerAt(around.load, atMs), powerAt(around.pv, atMs)));
  }
  return least;
}
