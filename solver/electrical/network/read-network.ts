/** Reads the JSON of a phasor network file into EVSEs and constraints, or says what is wrong. */
import type { PilotSet, Violation } from '../../problem.js';
import { amps } from '../../units.js';

/** 0, 1, 2 for AB, BC, CA. */
export type Pair = 0 | 1 | 2;

export interface NetworkEvse {
  readonly id: string;
  readonly pair: Pair;
  readonly currentMaxA: number;
  readonly pilots: PilotSet;
}

/** |sum of coefficients times currents as phasors| <= limitA. */
export interface NetworkConstraint {
  readonly name: string;
  readonly limitA: number;
  readonly coefficients: ReadonlyMap<string, number>;
}

export interface Network {
  readonly evses: readonly NetworkEvse[];
  readonly constraints: readonly NetworkConstraint[];
}

export type ReadResult =
  | { readonly status: 'read'; readonly network: Network }
  | { readonly status: 'refused'; readonly violations: readonly Violation[] };

/** Nominal voltage of the networks, line to line, V. */
export const NETWORK_LINE_TO_LINE_V = 208;
const PAIRS: Readonly<Record<string, Pair>> = { AB: 0, BC: 1, CA: 2 };
/** A continuous EVSE of these files names no least current: IEC 61851-1, mode 3. */
const CONTINUOUS_MIN_A = 6;
/** An OCPP limit has at most one decimal (2.0.1 part 2, ChargingSchedulePeriodType). */
const CONTINUOUS_STEP_A = 0.1;

/** Reads what the model needs; other fields of the file are ignored. */
export function readNetwork(json: unknown): ReadResult {
  const violations: Violation[] = [];
  const file = recordOf(json);
  const evseList = file?.['evses'];
  const constraintList = file?.['constraints'];
  if (!Array.isArray(evseList) || !Array.isArray(constraintList)) {
    const message = 'a network has the arrays evses and constraints';
    return { status: 'refused', violations: [{ rule: 'network-shape', field: '', message }] };
  }
  const evses = evseList.flatMap((entry: unknown, index) =>
    readEvse(recordOf(entry), `/evses/${index}`, violations),
  );
  const known = new Set(evses.map((evse) => evse.id));
  if (known.size < evses.length) {
    const message = 'EVSE ids are not unique';
    violations.push({ rule: 'network-evse-id', field: '/evses', message });
  }
  const constraints = constraintList.flatMap((entry: unknown, index) =>
    readConstraint(recordOf(entry), `/constraints/${index}`, known, violations),
  );
  if (violations.length > 0) return { status: 'refused', violations };
  return { status: 'read', network: { evses, constraints } };
}

type Json = Readonly<Record<string, unknown>>;

function readEvse(entry: Json | undefined, field: string, violations: Violation[]): NetworkEvse[] {
  const id = entry?.['id'];
  const pair = PAIRS[String(entry?.['connection'])];
  const currentMaxA = entry?.['max_rate_A'];
  const refuse = (rule: string, name: string, message: string): NetworkEvse[] => {
    violations.push({ rule, field: `${field}/${name}`, message });
    return [];
  };
  if (typeof id !== 'string') return refuse('network-evse-id', 'id', 'a string is needed');
  if (pair === undefined) return refuse('network-connection', 'connection', 'AB, BC or CA');
  if (entry?.['voltage'] !== NETWORK_LINE_TO_LINE_V) {
    return refuse('network-voltage', 'voltage', `only ${NETWORK_LINE_TO_LINE_V} V is known`);
  }
  if (!isPositive(currentMaxA)) return refuse('network-maximum', 'max_rate_A', 'above 0 A');
  const pilots = readPilots(entry);
  if (pilots === undefined) {
    return refuse('network-pilots', 'allowable_pilots_A', 'ascending, 0 and at least one above it');
  }
  return [{ id, pair, currentMaxA, pilots }];
}

function readPilots(entry: Json): PilotSet | undefined {
  if (entry['continuous'] === true) {
    return { kind: 'continuous', minA: amps(CONTINUOUS_MIN_A), stepA: amps(CONTINUOUS_STEP_A) };
  }
  const list = entry['allowable_pilots_A'];
  if (!Array.isArray(list)) return undefined;
  const valuesA = list.filter((value: unknown) => value !== 0);
  const ascending = valuesA.every((value, at) => isPositive(value) && !(value <= valuesA[at - 1]));
  if (!ascending || valuesA.length === 0) return undefined;
  return { kind: 'set', valuesA: valuesA.filter(isPositive).map(amps) };
}

function readConstraint(
  entry: Json | undefined,
  field: string,
  known: ReadonlySet<string>,
  violations: Violation[],
): NetworkConstraint[] {
  const name = entry?.['name'];
  const limitA = entry?.['limit_A'];
  const coefficients = Object.entries(recordOf(entry?.['coefficients']) ?? {});
  const before = violations.length;
  const refuse = (rule: string, at: string, message: string): void => {
    violations.push({ rule, field: `${field}/${at}`, message });
  };
  if (!isPositive(limitA)) refuse('network-limit', 'limit_A', 'above 0 A');
  if (coefficients.length === 0) refuse('network-coefficients', 'coefficients', 'at least one');
  const values = new Map<string, number>();
  for (const [id, value] of coefficients) {
    if (!known.has(id)) refuse('network-evse-known', 'coefficients', `${id} is no EVSE`);
    if (typeof value === 'number') values.set(id, value);
    else refuse('network-coefficients', 'coefficients', `${id} has no number`);
  }
  if (violations.length > before || !isPositive(limitA)) return [];
  return [{ name: typeof name === 'string' ? name : field, limitA, coefficients: values }];
}

function recordOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null ? (value as Json) : undefined;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
