/**
 * The most energy that any controller could have delivered, as a linear program: free choice of
 * every current in every slot, knowing all arrivals and departures. Optimistic wherever it
 * simplifies: slots widen each visit outward, no minimum pilot, no taper, round conductors by
 * tangents only.
 */
import { baseLoadAt } from '../building-load.js';
import { type Conductor, componentsOf, conductorsOf } from '../conductors.js';
import type { PlannedSession } from '../ipc.js';
import { type SiteFile, type Triple, evseIdOf } from '../site-file.js';
import { type PluggedLoad, pluggedLoad } from '../wiring.js';

export interface OrderInForce {
  readonly atMs: number;
  /** Absent: no limit from here on. */
  readonly importLimitW?: number;
}

export interface FeasibleInput {
  readonly site: SiteFile;
  readonly sessions: readonly PlannedSession[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Limits on total import as they were over time, ascending. */
  readonly orders: readonly OrderInForce[];
  /** Present when the building had its load. */
  readonly buildingSeed?: number;
}

/** The current of one vehicle in one slot, A per channel. */
export interface Variable {
  readonly sessionIndex: number;
  readonly slot: number;
  readonly circuitIndex: number;
  readonly load: PluggedLoad;
}

/** sum of coefficient * variable <= upper. */
export interface Row {
  readonly indices: readonly number[];
  readonly values: readonly number[];
  readonly upper: number;
}

/** A round limit, kept by tangents: |sum of the channels' phasors| <= limit. */
export interface RoundLimit {
  readonly conductor: Conductor;
  readonly limit: number;
  /** Variables below its circuit in its slot. */
  readonly variables: readonly number[];
}

export interface LinearModel {
  readonly variables: readonly Variable[];
  /** Wh per ampere of each variable. */
  readonly energyWh: readonly number[];
  readonly maxA: readonly number[];
  readonly rows: readonly Row[];
  readonly rounds: readonly RoundLimit[];
}

const SLOT_MIN_MS = 5000;
const SLOTS_MAX = 288;
const BASE_SAMPLES_PER_SLOT = 12;
const MS_PER_HOUR = 3_600_000;

export function buildModel(input: FeasibleInput): LinearModel {
  const slotMs = Math.max(SLOT_MIN_MS, (input.toMs - input.fromMs) / SLOTS_MAX);
  const variables = variablesOf(input, slotMs);
  const energyWh = variables.map(
    ({ load }) => (load.channels.length * load.voltageV * slotMs) / MS_PER_HOUR,
  );
  const rows = sessionRows(input, variables, energyWh);
  const rounds: RoundLimit[] = [];
  const inSlot = groupBy(variables, (variable) => variable.slot);
  for (const [slot, indices] of inSlot) {
    addSlotLimits(input, { slot, slotMs, indices, variables }, rows, rounds);
  }
  return { variables, energyWh, maxA: variables.map(({ load }) => load.maxA), rows, rounds };
}

function variablesOf(input: FeasibleInput, slotMs: number): readonly Variable[] {
  const { site, fromMs, toMs } = input;
  const evses = new Map(
    site.stations.flatMap(({ id, evses: own }) =>
      own.map((evse) => [evseIdOf(id, evse.evseNumber), evse] as const),
    ),
  );
  return input.sessions.flatMap((session, sessionIndex) => {
    const spec = evses.get(evseIdOf(session.stationId, session.evseNumber));
    if (spec === undefined) return [];
    const startMs = Math.max(session.arrivalAtMs, fromMs);
    const endMs = Math.min(session.departureAtMs, toMs);
    const first = Math.floor((startMs - fromMs) / slotMs);
    const count = Math.max(0, Math.ceil((endMs - fromMs) / slotMs) - first);
    const circuitIndex = site.circuits.findIndex(({ id }) => id === spec.circuitId);
    const load = pluggedLoad(site, spec, session);
    return Array.from({ length: endMs > startMs ? count : 0 }, (_, offset) => ({
      sessionIndex,
      slot: first + offset,
      circuitIndex,
      load,
    }));
  });
}

/** Nobody takes more than the battery holds, nor more than the true stay allows. */
function sessionRows(
  input: FeasibleInput,
  variables: readonly Variable[],
  energyWh: readonly number[],
): Row[] {
  return [...groupBy(variables, (variable) => variable.sessionIndex)].map(
    ([sessionIndex, indices]) => {
      const session = input.sessions[sessionIndex];
      const load = variables[indices[0] ?? 0]?.load;
      const stayMs =
        Math.min(session?.departureAtMs ?? 0, input.toMs) -
        Math.max(session?.arrivalAtMs ?? 0, input.fromMs);
      const physicalWh =
        load === undefined
          ? 0
          : (load.maxA * load.channels.length * load.voltageV * stayMs) / MS_PER_HOUR;
      return {
        indices,
        values: indices.map((index) => energyWh[index] ?? 0),
        upper: Math.min(session?.energyWh ?? 0, physicalWh),
      };
    },
  );
}

interface Slot {
  readonly slot: number;
  readonly slotMs: number;
  readonly indices: readonly number[];
  readonly variables: readonly Variable[];
}

function addSlotLimits(input: FeasibleInput, at: Slot, rows: Row[], rounds: RoundLimit[]): void {
  const { site } = input;
  const bases = meanBase(input, at);
  for (const [circuitIndex, circuit] of site.circuits.entries()) {
    const below = at.indices.filter((index) =>
      isBelow(site, at.variables[index]?.circuitIndex ?? -1, circuitIndex),
    );
    const baseA = bases[circuitIndex] ?? [0, 0, 0];
    for (const conductor of circuit.limits.flatMap(conductorsOf)) {
      const limit = conductor.limit - dot(conductor.baseWeights, baseA);
      if (conductor.kind === 'phasor') rounds.push({ conductor, limit, variables: below });
      else addRow(rows, at.variables, { conductor, limit, angle: 0, variables: below });
    }
  }
  const limitW = laxestOrderW(input, at);
  if (limitW === undefined) return;
  const values = at.indices.map((index) => {
    const load = at.variables[index]?.load;
    return load === undefined ? 0 : load.channels.length * load.voltageV;
  });
  const baseW = dot([1, 1, 1], bases[0] ?? [0, 0, 0]) * site.voltageLineToNeutralV;
  rows.push({ indices: at.indices, values, upper: Math.max(0, limitW - baseW) });
}

/** The tangent of a conductor's limit in one direction; rows that cannot bind are left out. */
export function addRow(
  rows: Row[],
  variables: readonly Variable[],
  cut: RoundLimit & { readonly angle: number },
): void {
  const parts = componentsOf(cut.conductor);
  const values = cut.variables.map((index) => {
    const channels = variables[index]?.load.channels ?? [];
    return channels.reduce((sum, channel) => {
      const part = parts[channel];
      if (part === undefined) return sum;
      return sum + part.re * Math.cos(cut.angle) + part.im * Math.sin(cut.angle);
    }, 0);
  });
  const greatest = values.reduce((sum, value, position) => {
    const maxA = variables[cut.variables[position] ?? -1]?.load.maxA ?? 0;
    return sum + Math.max(0, value) * maxA;
  }, 0);
  if (greatest <= cut.limit) return;
  rows.push({ indices: cut.variables, values, upper: Math.max(0, cut.limit) });
}

/** The uncontrolled load below each circuit, as its mean over the slot. */
function meanBase(input: FeasibleInput, at: Slot): readonly Triple<number>[] {
  const sums = input.site.circuits.map((): [number, number, number] => [0, 0, 0]);
  if (input.buildingSeed === undefined) return sums;
  for (let sample = 0; sample < BASE_SAMPLES_PER_SLOT; sample += 1) {
    const offsetMs = ((sample + 0.5) / BASE_SAMPLES_PER_SLOT) * at.slotMs;
    const atMs = input.fromMs + at.slot * at.slotMs + offsetMs;
    for (const load of baseLoadAt(input.site, input.buildingSeed, atMs)) {
      const loaded = input.site.circuits.findIndex(({ id }) => id === load.circuitId);
      for (const [circuitIndex, sum] of sums.entries()) {
        if (!isBelow(input.site, loaded, circuitIndex)) continue;
        for (const phase of [0, 1, 2] as const) {
          sum[phase] += load.currentsA[phase] / BASE_SAMPLES_PER_SLOT;
        }
      }
    }
  }
  return sums;
}

/**
 * The greatest limit in force at any time of the slot; undefined when at some time there was none.
 */
function laxestOrderW(input: FeasibleInput, at: Slot): number | undefined {
  const fromMs = input.fromMs + at.slot * at.slotMs;
  const toMs = fromMs + at.slotMs;
  const before = input.orders.findLast((order) => order.atMs <= fromMs);
  const during = input.orders.filter((order) => order.atMs > fromMs && order.atMs < toMs);
  const limits = [before?.importLimitW, ...during.map((order) => order.importLimitW)];
  let laxestW = 0;
  for (const limitW of limits) {
    if (limitW === undefined) return undefined;
    laxestW = Math.max(laxestW, limitW);
  }
  return laxestW;
}

function isBelow(site: SiteFile, circuitIndex: number, ancestorIndex: number): boolean {
  const ancestor = site.circuits[ancestorIndex];
  let circuit = site.circuits[circuitIndex];
  while (circuit !== undefined && circuit !== ancestor) {
    const { parentId } = circuit;
    circuit = site.circuits.find(({ id }) => id === parentId);
  }
  return circuit !== undefined;
}

const dot = (weights: Triple<number>, values: Triple<number>): number =>
  weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2];

/** Positions of a list by key, in order. */
function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => number,
): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [index, item] of items.entries()) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [index]);
    else group.push(index);
  }
  return groups;
}
