/**
 * A vehicle's charger and battery. Its draw is piecewise constant and computed from timestamps
 * alone: however late somebody asks, a change counts from the instant at which it was due.
 */
import type { Random } from './random.js';

/** Least pilot at which a vehicle charges at all (IEC 61851-1, mode 3), A. */
const PILOT_MIN_A = 6;
/** A pilot may change every 5 s, and some vehicles need about 6 s more: 11 s in all, s. */
const PILOT_DELAY_MAX_SEC = 5;
const FOLLOW_DELAY_MAX_SEC = 6;
/** Rounding slack of a pilot that was computed from watts, A. */
const PILOT_TOLERANCE_A = 1e-6;
const MS_PER_HOUR = 3_600_000;

/**
 * Near full: from this fraction of the energy on, the vehicle takes this fraction of its maximum.
 */
const TAPER: readonly { readonly fromFraction: number; readonly ofMaxFraction: number }[] = [
  { fromFraction: 0, ofMaxFraction: 1 },
  { fromFraction: 0.8, ofMaxFraction: 0.75 },
  { fromFraction: 0.9, ofMaxFraction: 0.5 },
  { fromFraction: 0.95, ofMaxFraction: 0.25 },
];

export interface VehicleSpec {
  /** What the battery takes in until it is full, Wh. */
  readonly energyWh: number;
  /** Greatest current per phase, A. */
  readonly maxA: number;
  readonly phaseCount: number;
  /** Voltage across each of its phases, V. */
  readonly voltageV: number;
  readonly taper: boolean;
  readonly random: Random;
  /**
   * Called for each change of draw, in time order: from `atMs` on it is `currentA` on each phase, or on
   * `onlyPhase` alone, from 0.
   */
  readonly onStep: (atMs: number, currentA: number, onlyPhase: number | undefined) => void;
}

export interface Vehicle {
  /**
   * The pilot changes at `atMs`, which is not before the time reached; it is followed a little
   * later. `onlyPhase`: the EVSE closes this one alone from then on.
   */
  setPilot(atMs: number, pilotA: number, onlyPhase?: number): void;
  /** The contactor opens: the draw is 0 from `atMs` on. */
  disconnect(atMs: number): void;
  advanceTo(toMs: number): void;
  /** When its draw changes next if nobody touches the pilot; infinite if never. */
  nextChangeAtMs(): number;
  currentA(): number;
  deliveredWh(): number;
  isFull(): boolean;
}

interface Pending {
  readonly atMs: number;
  readonly pilotA: number;
  readonly onlyPhase: number | undefined;
}

export function createVehicle(spec: VehicleSpec, plugAtMs: number): Vehicle {
  const stages = spec.taper ? TAPER : TAPER.slice(0, 1);
  let timeMs = plugAtMs;
  let pilotA = 0;
  let currentA = 0;
  let deliveredWh = 0;
  let stage = 0;
  let full = spec.energyWh <= 0;
  let pending: Pending[] = [];
  let onlyPhase: number | undefined;
  let drawnOn: number | undefined;

  const phaseCount = (): number => (onlyPhase === undefined ? spec.phaseCount : 1);
  const powerW = (): number => currentA * phaseCount() * spec.voltageV;
  const stageEndWh = (): number => (stages[stage + 1]?.fromFraction ?? 1) * spec.energyWh;
  const stageEndAtMs = (): number =>
    currentA > 0
      ? timeMs + ((stageEndWh() - deliveredWh) / powerW()) * MS_PER_HOUR
      : Number.POSITIVE_INFINITY;
  const redraw = (): void => {
    const stageMaxA = spec.maxA * (stages[stage]?.ofMaxFraction ?? 1);
    const wantedA =
      full || pilotA < PILOT_MIN_A - PILOT_TOLERANCE_A ? 0 : Math.min(pilotA, stageMaxA);
    if (wantedA === currentA && onlyPhase === drawnOn) return;
    currentA = wantedA;
    drawnOn = onlyPhase;
    spec.onStep(timeMs, currentA, onlyPhase);
  };
  const endStage = (): void => {
    deliveredWh = stageEndWh();
    stage += 1;
    full = stage >= stages.length;
  };

  return {
    setPilot(atMs, nextA, nextPhase) {
      const delaySec = spec.random() * PILOT_DELAY_MAX_SEC + spec.random() * FOLLOW_DELAY_MAX_SEC;
      const effectiveAtMs = atMs + delaySec * 1000;
      pending = pending.filter((change) => change.atMs < effectiveAtMs);
      pending.push({ atMs: effectiveAtMs, pilotA: nextA, onlyPhase: nextPhase });
    },
    disconnect(atMs) {
      this.advanceTo(atMs);
      pending = [];
      pilotA = 0;
      onlyPhase = undefined;
      redraw();
    },
    advanceTo(toMs) {
      while (timeMs < toMs) {
        const endAtMs = stageEndAtMs();
        const changeAtMs = pending[0]?.atMs ?? Number.POSITIVE_INFINITY;
        const nextMs = Math.min(toMs, endAtMs, changeAtMs);
        deliveredWh += (powerW() * (nextMs - timeMs)) / MS_PER_HOUR;
        timeMs = nextMs;
        if (nextMs === endAtMs) endStage();
        const change = nextMs === changeAtMs ? pending.shift() : undefined;
        if (change !== undefined) ({ pilotA, onlyPhase } = change);
        redraw();
      }
    },
    nextChangeAtMs: () => Math.min(stageEndAtMs(), pending[0]?.atMs ?? Number.POSITIVE_INFINITY),
    currentA: () => currentA,
    deliveredWh: () => deliveredWh,
    isFull: () => full,
  };
}
