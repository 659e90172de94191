/** The site of a replay: circuits and EVSEs from a network file, and what its conductors carry. */
import { readFileSync } from 'node:fs';
import { type Conductor, conductorsOf, loadOf } from '../../simulator/conductors.js';
import {
  type Circuit,
  type ImportedEvse,
  importNetwork,
  type PilotSet,
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
      .map((conductor) => ({ conductor, evseIndices: below }));
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

/** What all conductors together carry above their limits with these currents of the EVSEs, A. */
export function overloadA(site: ReplaySite, currentsA: Float64Array): number {
  let over = 0;
  for (const { conductor, evseIndices } of site.rings) {
    const sums: [number, number, number] = [0, 0, 0];
    for (const index of evseIndices) {
      const channel = site.evses[index]?.channel ?? 0;
      sums[channel] += currentsA[index] as number;
    }
    const carried = loadOf(conductor, sums, [0, 0, 0]);
    over += Math.max(0, carried - conductor.limit - TOLERANCE_A);
  }
  return over;
}

const TOLERANCE_A = 1e-6;
