/**
 * What circuits leave to vehicles, as panels and groups of a plan: limits of one channel become a
 * panel's where nothing else hangs on the circuit, all others linear cuts over what is below.
 */
import { powerBaseA } from '../electrical/limits.js';
import type { Circuit, CircuitLimit, PerChannel, SiteProblem } from '../problem.js';
import type { PlanCut, PlanGroup, PlanPanel } from './problem.js';

export interface RoomRequest {
  readonly site: Pick<
    SiteProblem,
    'supply' | 'voltageLineToNeutralV' | 'voltageLineToLineV' | 'circuits'
  >;
  /** Circuits that carry vehicles of the plan themselves. */
  readonly panelIds: readonly string[];
  readonly slotCount: number;
  /** Circuits whose limits the plan knows otherwise. */
  readonly without?: ReadonlySet<string>;
  /** Load beside the vehicles of the plan below a circuit, on a channel, A; none if absent. */
  readonly otherA?: (circuitId: string, channel: 0 | 1 | 2, slot: number) => number;
}

export interface CircuitRoom {
  /** In the order of `panelIds`. */
  readonly panels: readonly PlanPanel[];
  readonly groups: readonly PlanGroup[];
}

/** What a bound counts of the channels, and its limit after the base load, A. */
interface Bound {
  readonly weights: PerChannel<number>;
  readonly limitA: number;
}

const CHANNELS = [0, 1, 2] as const;
/** Tangents of the round limit of a line: all currents are within 60 or 120 degrees. */
const TANGENTS = 8;
/** Above what hangs on any circuit. */
const UNLIMITED_W = 1e7;

/** Three channels: phases on wye, line pairs on delta. */
export function circuitRoom(request: RoomRequest): CircuitRoom {
  const { site, panelIds, slotCount, without } = request;
  const voltageV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  const freeW = panelIds.map(() =>
    CHANNELS.map(() => new Float64Array(slotCount).fill(UNLIMITED_W)),
  );
  const groups: PlanGroup[] = [];
  for (const circuit of site.circuits) {
    if (without?.has(circuit.id) === true) continue;
    const panelIndices = panelsBelow(site.circuits, circuit, panelIds);
    if (panelIndices.length === 0) continue;
    const otherA = slotLoads(request, circuit);
    const cuts: PlanCut[] = [];
    for (const { weights, limitA } of boundsOf(circuit)) {
      const limitW = otherA.map((other) =>
        Math.max(
          0,
          voltageV *
            (limitA - CHANNELS.reduce<number>((sum, it) => sum + weights[it] * other[it], 0)),
        ),
      );
      const only = onlyChannel(weights);
      const own = panelIndices.length === 1 && only !== undefined;
      if (own) lower(freeW[panelIndices[0] as number]?.[only] as Float64Array, limitW);
      else cuts.push({ weights, limitW });
    }
    if (cuts.length > 0) groups.push({ id: circuit.id, panelIndices, cuts });
  }
  return { panels: panelIds.map((id, at) => panelOf(id, freeW[at] as Float64Array[])), groups };
}

function panelsBelow(
  circuits: readonly Circuit[],
  ancestor: Circuit,
  panelIds: readonly string[],
): readonly number[] {
  const parentOf = new Map<string, string | undefined>(circuits.map((it) => [it.id, it.parentId]));
  return panelIds.flatMap((panelId, index) => {
    let at: string | undefined = panelId;
    while (at !== undefined && at !== ancestor.id) at = parentOf.get(at);
    return at === undefined ? [] : [index];
  });
}

function slotLoads(
  { slotCount, otherA }: RoomRequest,
  { id, keptA }: Circuit,
): readonly PerChannel<number>[] {
  return Array.from({ length: slotCount }, (_, slot) => {
    const of = (channel: 0 | 1 | 2): number =>
      (otherA?.(id, channel, slot) ?? 0) + (keptA?.[channel] ?? 0);
    return [of(0), of(1), of(2)];
  });
}

/** The channel that alone counts, as it is. */
function onlyChannel(weights: PerChannel<number>): 0 | 1 | 2 | undefined {
  const counted = CHANNELS.filter((it) => weights[it] !== 0);
  const [first] = counted;
  return counted.length === 1 && first !== undefined && weights[first] === 1 ? first : undefined;
}

function lower(freeW: Float64Array, limitW: readonly number[]): void {
  for (const [slot, valueW] of limitW.entries()) {
    freeW[slot] = Math.min(freeW[slot] as number, valueW);
  }
}

/** What varies is written as load below the highest limit. */
function panelOf(id: string, freeW: readonly Float64Array[]): PlanPanel {
  const limitW = freeW.map((it) => Math.max(0, ...it));
  const loadW = freeW.map((it, channel) => Array.from(it, (w) => (limitW[channel] as number) - w));
  const isVaried = loadW.some((it) => it.some((w) => w > 0));
  return isVaried ? { id, limitW, loadW } : { id, limitW };
}

const unit = (channel: number): PerChannel<number> => [
  channel === 0 ? 1 : 0,
  channel === 1 ? 1 : 0,
  channel === 2 ? 1 : 0,
];

function boundsOf(circuit: Circuit): readonly Bound[] {
  return circuit.limits.flatMap((limit) => boundsOfLimit(limit, circuit));
}

function boundsOfLimit(limit: CircuitLimit, circuit: Circuit): readonly Bound[] {
  const { baseLoadA: baseA } = circuit;
  switch (limit.kind) {
    case 'wye':
      return CHANNELS.map((phase) => ({
        weights: unit(phase),
        limitA: limit.limitA[phase] - baseA[phase],
      }));
    case 'pair-sum':
      return [{ weights: unit(limit.pair), limitA: limit.limitA - baseA[limit.pair] }];
    case 'power': {
      const limitA = limit.limitW / limit.voltageV - powerBaseA(circuit);
      return [{ weights: [1, 1, 1], limitA }];
    }
    case 'line':
      return CHANNELS.flatMap((line) =>
        tangentsOf(LINE_WEIGHTS[line], limit.limitA[line] - baseA[line]),
      );
    case 'delta-primary':
      return CHANNELS.flatMap((line) =>
        tangentsOf(
          PRIMARY_WEIGHTS[line].map((it) => it / limit.turnsRatio) as [number, number, number],
          limit.limitA[line] - baseA[line],
        ),
      );
  }
}

/** Degrees of the line-to-line voltages AB, BC, CA, and of their currents at unity power factor. */
const PAIR_DEGREES: PerChannel<number> = [30, -90, 150];
/** How the line pairs add up on lines a, b, c of a delta secondary (Kirchhoff's current law). */
const LINE_WEIGHTS: PerChannel<PerChannel<number>> = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
];
/** Ahead of a delta-wye transformer a line carries the difference of two of them. */
const PRIMARY_WEIGHTS: PerChannel<PerChannel<number>> = [
  [1, 1, -2],
  [-2, 1, 1],
  [1, -2, 1],
];

/**
 * |sum of weight * current * direction| <= limit by tangents. Currents are never negative, so that
 * their sum points between the directions of its parts; within a cut's share of that angle it allows
 * at most 0.9 % more than the circle (120 degrees, 8 cuts).
 */
function tangentsOf(weights: PerChannel<number>, limitA: number): readonly Bound[] {
  const angles = CHANNELS.map((it) => radians(PAIR_DEGREES[it] + (weights[it] < 0 ? 180 : 0)));
  const used = CHANNELS.filter((it) => weights[it] !== 0);
  const first = angles[used[0] ?? 0] as number;
  const turned = used.map((it) => wrapped((angles[it] as number) - first));
  const low = Math.min(...turned);
  const step = (Math.max(...turned) - low) / TANGENTS;
  return Array.from({ length: TANGENTS }, (_, at): Bound => {
    const tangent = first + low + (at + 0.5) * step;
    const part = (it: 0 | 1 | 2): number =>
      Math.abs(weights[it]) * Math.cos((angles[it] as number) - tangent);
    return { weights: [part(0), part(1), part(2)], limitA };
  });
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const wrapped = (angle: number): number => Math.atan2(Math.sin(angle), Math.cos(angle));
