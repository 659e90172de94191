/** The highest temperature that a frame speaks of: sampled values, and reported variables of 2.x. */

const DEPTH_MAX = 12;
/** Beyond that a sensor is broken, not hot. */
const RANGE_C = [-60, 250] as const;
const FAHRENHEIT = new Set(['Fahrenheit', 'F']);
const KELVIN = new Set(['K', 'Kelvin']);

/** Degrees Celsius; undefined where the frame has none. */
export function temperatureOf(frame: unknown): number | undefined {
  const found = readings(frame, 0).filter((c) => c >= RANGE_C[0] && c <= RANGE_C[1]);
  return found.length === 0 ? undefined : Math.max(...found);
}

function readings(node: unknown, depth: number): number[] {
  if (typeof node !== 'object' || node === null || depth > DEPTH_MAX) return [];
  const own = reading(node as Readonly<Record<string, unknown>>);
  return [...own, ...Object.values(node).flatMap((inner) => readings(inner, depth + 1))];
}

/** `{measurand, value, unit}` of 1.6 and 2.x, `{variable: {name}, actualValue}` of NotifyEvent. */
function reading(node: Readonly<Record<string, unknown>>): number[] {
  const { measurand, variable } = node;
  const isSample = measurand === 'Temperature';
  const isVariable = typeof variable === 'object' && nameOf(variable) === 'Temperature';
  const value = isSample ? node['value'] : isVariable ? node['actualValue'] : undefined;
  if (value === undefined || value === '' || !Number.isFinite(Number(value))) return [];
  return [toCelsius(Number(value), unitOf(node))];
}

function nameOf(variable: object | null): unknown {
  return variable !== null && 'name' in variable ? variable.name : undefined;
}

function unitOf(node: Readonly<Record<string, unknown>>): unknown {
  const { unitOfMeasure } = node;
  const isObject = typeof unitOfMeasure === 'object' && unitOfMeasure !== null;
  return isObject && 'unit' in unitOfMeasure ? unitOfMeasure.unit : node['unit'];
}

function toCelsius(value: number, unit: unknown): number {
  if (typeof unit !== 'string') return value;
  if (FAHRENHEIT.has(unit)) return ((value - 32) * 5) / 9;
  return KELVIN.has(unit) ? value - 273.15 : value;
}
