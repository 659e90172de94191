/** Layers of several purposes become one: the lowest of each bound, still without conversion. */
import type { RateUnit } from '../charging-profile.js';
import {
  combine,
  definedBounds,
  definedLayer,
  isSplit,
  NO_LAYER,
  splitLayer,
  type Bounds,
  type Layer,
  type Value,
} from './layer.js';

/** What a conversion between A and W needs. */
export interface Electrics {
  readonly voltageV: number;
  readonly defaultPhaseCount: number;
}

/**
 * Lowest limit, discharge limit closest to 0, setpoint closest to 0, lowest numberPhases. When any
 * layer is given per phase, all are. A layer that is absent or says nothing limits nothing.
 */
export function mergeLayers(given: readonly (Layer | undefined)[], electrics: Electrics): Layer {
  const layers = given.filter((layer) => layer !== undefined);
  const split = layers.some(isSplit);
  const alike = split
    ? layers.map((layer) => splitLayer(layer, electrics.defaultPhaseCount))
    : layers;
  return alike.reduce(
    (merged, layer) =>
      definedLayer({
        A: mergeBounds(merged.A, layer.A),
        W: mergeBounds(merged.W, layer.W),
        numberPhases: lowest(merged.numberPhases, layer.numberPhases),
        phaseToUse: merged.phaseToUse ?? layer.phaseToUse,
      }),
    NO_LAYER,
  );
}

/** The bounds of a layer in one unit: its own and, converted, those in the other. */
export function boundsIn(layer: Layer, unit: RateUnit, electrics: Electrics): Bounds {
  const factor = electrics.voltageV * (layer.numberPhases ?? electrics.defaultPhaseCount);
  const other = unit === 'A' ? layer.W : layer.A;
  const toUnit = (value: Value | undefined): Value | undefined => {
    if (value === undefined) return undefined;
    const perPhase = (each: number) =>
      unit === 'A' ? each / electrics.voltageV : each * electrics.voltageV;
    if (typeof value !== 'number') return mapPhases(value, perPhase);
    return unit === 'A' ? value / factor : value * factor;
  };
  const converted = definedBounds({
    limit: toUnit(other.limit),
    dischargeLimit: toUnit(other.dischargeLimit),
    setpoint: toUnit(other.setpoint),
  });
  const merged = mergeBounds(layer[unit], converted);
  return keepSetpointWithin(layer.numberPhases === 1 ? collapse(merged) : merged);
}

export function closestToZero(a: number, b: number): number {
  return Math.abs(b) < Math.abs(a) ? b : a;
}

function mergeBounds(a: Bounds, b: Bounds): Bounds {
  return definedBounds({
    limit: combine(a.limit, b.limit, Math.min),
    dischargeLimit: combine(a.dischargeLimit, b.dischargeLimit, Math.max),
    setpoint: combine(a.setpoint, b.setpoint, closestToZero),
  });
}

/** With one phase there is one value: the most careful of the three, as nobody says which phase. */
function collapse(bounds: Bounds): Bounds {
  return definedBounds({
    limit: reducePhases(bounds.limit, Math.min),
    dischargeLimit: reducePhases(bounds.dischargeLimit, Math.max),
    setpoint: reducePhases(bounds.setpoint, closestToZero),
  });
}

function keepSetpointWithin(bounds: Bounds): Bounds {
  if (bounds.setpoint === undefined) return bounds;
  const below = capped(bounds.setpoint, bounds.limit, Math.min);
  const setpoint = capped(below, bounds.dischargeLimit, Math.max);
  return { ...bounds, setpoint };
}

function capped(
  value: Value,
  bound: Value | undefined,
  pick: (a: number, b: number) => number,
): Value {
  return combine(value, bound, pick) ?? value;
}

function reducePhases(
  value: Value | undefined,
  pick: (a: number, b: number) => number,
): Value | undefined {
  return typeof value === 'object' ? value.reduce((a, b) => pick(a, b)) : value;
}

function mapPhases(
  [l1, l2, l3]: readonly [number, number, number],
  change: (value: number) => number,
): Value {
  return [change(l1), change(l2), change(l3)];
}

function lowest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
