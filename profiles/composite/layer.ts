/** What one profile allows at one instant, with amperes and watts kept apart until the very end. */
import type { RateUnit } from '../charging-profile.js';
import type { InstalledPeriod, PhaseValue } from '../installed-profile.js';

/** One number for all phases (A: each; W: in total), or one per phase. */
export type Value = number | readonly [number, number, number];

export interface Bounds {
  readonly limit?: Value;
  readonly dischargeLimit?: Value;
  readonly setpoint?: Value;
}

export interface Layer {
  readonly A: Bounds;
  readonly W: Bounds;
  readonly numberPhases?: number;
  readonly phaseToUse?: number;
}

export const NO_LAYER: Layer = { A: {}, W: {} };

/** A period as a layer; Idle draws nothing. `missingPhaseCount` fills an absent numberPhases. */
export function layerOf(
  period: InstalledPeriod,
  unit: RateUnit,
  missingPhaseCount: number | undefined,
): Layer {
  const bounds = definedBounds({
    limit: period.operationMode === 'idle' ? 0 : valueOf(period.limit),
    dischargeLimit: valueOf(period.dischargeLimit),
    setpoint: valueOf(period.setpoint),
  });
  return definedLayer({
    A: unit === 'A' ? bounds : {},
    W: unit === 'W' ? bounds : {},
    numberPhases: period.numberPhases ?? missingPhaseCount,
    phaseToUse: period.phaseToUse,
  });
}

/** True when any bound is given per phase. */
export function isSplit(layer: Layer): boolean {
  return [layer.A, layer.W].some((bounds) =>
    Object.values(bounds).some((value) => typeof value === 'object'),
  );
}

/** The same layer with every bound per phase: amperes are copied, watts divided by the phases. */
export function splitLayer(layer: Layer, defaultPhaseCount: number): Layer {
  const phaseCount = layer.numberPhases ?? defaultPhaseCount;
  return {
    ...layer,
    A: mapBounds(layer.A, (value) => splitValue(value, 1)),
    W: mapBounds(layer.W, (value) => splitValue(value, phaseCount)),
  };
}

export function mapBounds(bounds: Bounds, change: (value: Value) => Value): Bounds {
  const changed = (value: Value | undefined) => (value === undefined ? undefined : change(value));
  return definedBounds({
    limit: changed(bounds.limit),
    dischargeLimit: changed(bounds.dischargeLimit),
    setpoint: changed(bounds.setpoint),
  });
}

/** Combines two values phase by phase; a single number stands for each phase. */
export function combine(
  a: Value | undefined,
  b: Value | undefined,
  pick: (a: number, b: number) => number,
): Value | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (typeof a === 'number' && typeof b === 'number') return pick(a, b);
  const [a1, a2, a3] = splitValue(a, 1);
  const [b1, b2, b3] = splitValue(b, 1);
  return [pick(a1, b1), pick(a2, b2), pick(a3, b3)];
}

export function splitValue(value: Value, phaseCount: number): readonly [number, number, number] {
  if (typeof value !== 'number') return value;
  const each = value / phaseCount;
  return [each, each, each];
}

/** Drops absent bounds, so that absence is absence. */
export function definedBounds(
  bounds: {
    readonly [name in keyof Bounds]: Value | undefined;
  },
): Bounds {
  const { limit, dischargeLimit, setpoint } = bounds;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(dischargeLimit === undefined ? {} : { dischargeLimit }),
    ...(setpoint === undefined ? {} : { setpoint }),
  };
}

export function definedLayer(layer: {
  readonly A: Bounds;
  readonly W: Bounds;
  readonly numberPhases: number | undefined;
  readonly phaseToUse: number | undefined;
}): Layer {
  const { A, W, numberPhases, phaseToUse } = layer;
  return {
    A,
    W,
    ...(numberPhases === undefined ? {} : { numberPhases }),
    ...(phaseToUse === undefined ? {} : { phaseToUse }),
  };
}

/** A phase that is not named is as free as L1. */
function valueOf(given: PhaseValue | undefined): Value | undefined {
  if (given?.l1 === undefined) return undefined;
  if (given.l2 === undefined && given.l3 === undefined) return given.l1;
  return [given.l1, given.l2 ?? given.l1, given.l3 ?? given.l1];
}
