/** The site of a replay: circuits and EVSEs from a network file, and what its conductors carry. */
import { readFileSync } from 'node:fs';
import { type Conductor, conductorsOf, loadOf } from '../../simulator/conductors.js';
import {
  amps,
  type Circuit,
  type CircuitLimit,
  type ImportedEvse,
  importNetwork,
  type PilotSet,
  type Watts,
} from '../../solver/index.js';

export type PilotKind = 'continuous' | 'discrete';

export interface ReplaySite {
  /** Line to line, V: what a current of one channel is worth. */
  readonly voltageV: number;
  readonly voltageLineToNeutralV: number;
  /** Parents first; without limits where the network is not to count. */
  readonly circuits: readonly Circuit[];
  readonly evses: readonly ReplayEvse[];
  readonly rings: readonly Ring[];
}

export interface ReplayEvse extends Omit<ImportedEvse, 'id'> {
  readonly id: ImportedEvse['id'];
  /** AB, BC or CA. */
  readonly channel: 0 | 1 | 2;
}

/** A conductor that the physics bounds, and the EVSEs below it. */
export interface Ring {
  readonly conductor: Conductor;
  /** At the grid connection, where building, PV and battery are. */
  readonly isRoot: boolean;
  readonly evseIndices: readonly number[];
}

export interface SiteOptions {
  readonly capacityKva?: number;
  readonly transformerScale?: number;
  readonly hasNetworkLimit: boolean;
  readonly pilots: PilotKind;
}

/** So fine that a current is continuous. */
const CONTINUOUS: PilotSet = {
  kind: 'continuous',
  minA: 0.001,
  stepA: 0.001,
} as unknown as PilotSet;

/** Throws a RangeError for a file or a capacity that makes no site. */
export function loadSite(path: string, options: SiteOptions): ReplaySite {
  const { capacityKva, transformerScale } = options;
  const read = importNetwork(JSON.parse(readFileSync(path, 'utf8')), {
    ...(capacityKva === undefined ? {} : { capacityKva }),
    ...(transformerScale === undefined ? {} : { transformerScale }),
  });
  if (read.status === 'refused') {
    throw new RangeError(
      read.violations.map(({ field, message }) => `${field}: ${message}`).join('; '),
    );
  }
  const circuits = read.circuits.map((it): Circuit => {
    return { ...it, limits: options.hasNetworkLimit ? it.limits : [] };
  });
  const evses = read.evses.map((it): ReplayEvse => {
    const channel = it.channels.indexOf(true) as 0 | 1 | 2;
    return { ...it, channel, pilots: options.pilots === 'continuous' ? CONTINUOUS : it.pilots };
  });
  return {
    voltageV: read.voltageLineToLineV,
    voltageLineToNeutralV: read.voltageLineToNeutralV,
    circuits,
    evses,
    rings: ringsOf(circuits, evses),
  };
}

function ringsOf(circuits: readonly Circuit[], evses: readonly ReplayEvse[]): readonly Ring[] {
  return circuits.flatMap((circuit) => {
    const below = evses.flatMap((it, index) => (isBelow(circuits, it, circuit) ? [index] : []));
    return circuit.limits
      .flatMap((limit) => conductorsOf(limit))
      .map((conductor) => ({
        conductor,
        isRoot: circuit.parentId === undefined,
        evseIndices: below,
      }));
  });
}

export function isBelow(
  circuits: readonly Circuit[],
  { circuitId }: { readonly circuitId: string },
  ancestor: Circuit,
): boolean {
  let at = circuits.find(({ id }) => id === circuitId);
  while (at !== undefined && at !== ancestor) {
    const { parentId } = at;
    at = circuits.find(({ id }) => id === parentId);
  }
  return at !== undefined;
}

/** Power at the grid connection beside the vehicles, balanced. */
export interface Beside {
  /** Of all, battery included, W; below 0 where it gives more than the building takes. */
  readonly allW: number;
  /** What no policy can help: of the building, W. */
  readonly baseW: number;
}

const NOTHING: Beside = { allW: 0, baseW: 0 };

/**
 * What all conductors together carry above their limits with these currents of the EVSEs, A. Where the
 * building alone is above a limit, only what comes on top of it counts.
 */
export function overloadA(
  site: ReplaySite,
  currentsA: Float64Array,
  { allW, baseW }: Beside = NOTHING,
): number {
  const allA = balancedA(site, allW);
  const baseA = balancedA(site, baseW);
  let over = 0;
  for (const { conductor, isRoot, evseIndices } of site.rings) {
    const ownA = isRoot ? allA : 0;
    const sums: [number, number, number] = [ownA, ownA, ownA];
    for (const index of evseIndices) {
      const channel = site.evses[index]?.channel ?? 0;
      sums[channel] += currentsA[index] as number;
    }
    const carried = loadOf(conductor, sums, [0, 0, 0]);
    const alone = isRoot && baseA > 0 ? loadOf(conductor, [baseA, baseA, baseA], [0, 0, 0]) : 0;
    over += Math.max(0, carried - Math.max(conductor.limit, alone) - TOLERANCE_A);
  }
  return over;
}

/** Current on each line pair of a balanced power, A. */
export const balancedA = ({ voltageV }: ReplaySite, powerW: number): number =>
  powerW / (3 * voltageV);

/**
 * The circuits as policies see them: a building's power taken off the limits of the root, and what a
 * battery gives added to them.
 */
export function circuitsBeside(
  site: ReplaySite,
  baseW: number,
  raisedW: number,
): readonly Circuit[] {
  if (baseW === 0 && raisedW === 0) return site.circuits;
  const [baseA, reliefA] = [balancedA(site, baseW), balancedA(site, raisedW)];
  return site.circuits.map((it): Circuit => {
    if (it.parentId !== undefined) return it;
    return { ...it, limits: it.limits.map((limit) => relieved(without(limit, baseA), reliefA)) };
  });
}

/** Balanced power at which the limits of the root are reached, W. */
export function rootMaxW({ circuits, voltageV }: ReplaySite): number {
  const limits = circuits.filter((it) => it.parentId === undefined).flatMap((it) => it.limits);
  const totals = limits
    .flatMap((limit) => conductorsOf(limit))
    .map((conductor) => {
      const perA = loadOf(conductor, [1, 1, 1], [0, 0, 0]);
      return perA > 0 ? (conductor.limit / perA) * 3 * voltageV : Infinity;
    });
  return Math.min(Infinity, ...totals);
}

/** Magnitudes are taken off, so that what is left is safe whatever the angle of the vehicles. */
function without(limit: CircuitLimit, eachA: number): CircuitLimit {
  const used = conductorsOf(limit).map((it) => loadOf(it, [eachA, eachA, eachA], [0, 0, 0]));
  return changed(limit, (value, at) => Math.max(0, value - (used[at] ?? 0)));
}

function changed(limit: CircuitLimit, to: (value: number, at: number) => number): CircuitLimit {
  switch (limit.kind) {
    case 'power':
      return { ...limit, limitW: to(limit.limitW, 0) as Watts };
    case 'pair-sum':
      return { ...limit, limitA: amps(to(limit.limitA, 0)) };
    default: {
      const [a, b, c] = limit.limitA;
      return { ...limit, limitA: [amps(to(a, 0)), amps(to(b, 1)), amps(to(c, 2))] };
    }
  }
}

/** As if what comes balanced from elsewhere were all in phase with what the vehicles draw. */
function relieved(limit: CircuitLimit, eachA: number): CircuitLimit {
  if (eachA === 0) return limit;
  const gives = conductorsOf(limit).map((it) => loadOf(it, [eachA, eachA, eachA], [0, 0, 0]));
  return changed(limit, (value, at) => value + (gives[at] ?? 0));
}

const TOLERANCE_A = 1e-6;
