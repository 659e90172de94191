/** A building's uncontrolled load: a slow wave that never exceeds what the site file declares. */
import { randomFor } from './random.js';
import type { SiteFile, Triple } from './site-file.js';

/** A reading of one circuit. */
export interface BaseLoad {
  readonly circuitId: string;
  readonly currentsA: Triple<number>;
}

/** The load changes, and is measured, this often, site seconds. */
export const BASE_LOAD_STEP_SEC = 10;
const WAVE_PERIOD_SEC = 1800;
const LOW_FRACTION = 0.3;
const HIGH_FRACTION = 0.95;

/**
 * The load that is connected at each circuit itself, from `atMs` for one step. What a circuit
 * declares includes everything below it, so its own part is what its children leave.
 */
export function baseLoadAt(site: SiteFile, seed: number, atMs: number): readonly BaseLoad[] {
  return site.circuits.flatMap((circuit) => {
    const children = site.circuits.filter(({ parentId }) => parentId === circuit.id);
    const currentsA = triple((index) => {
      const belowA = children.reduce((sumA, child) => sumA + child.baseLoadMaxA[index], 0);
      const ownMaxA = Math.max(0, circuit.baseLoadMaxA[index] - belowA);
      return ownMaxA * waveFraction(seed, `${circuit.id}/${index}`, atMs);
    });
    return currentsA.some((value) => value > 0) ? [{ circuitId: circuit.id, currentsA }] : [];
  });
}

/** What the meter at each circuit with a load reads: its own load and what its children carry. */
export function meteredLoad(site: SiteFile, loads: readonly BaseLoad[]): readonly BaseLoad[] {
  const sums = new Map<string, Triple<number>>();
  for (const load of loads) {
    let circuit = site.circuits.find(({ id }) => id === load.circuitId);
    while (circuit !== undefined) {
      const before = sums.get(circuit.id) ?? [0, 0, 0];
      sums.set(
        circuit.id,
        triple((index) => before[index] + load.currentsA[index]),
      );
      const { parentId } = circuit;
      circuit = site.circuits.find(({ id }) => id === parentId);
    }
  }
  return [...sums].map(([circuitId, currentsA]) => ({ circuitId, currentsA }));
}

function waveFraction(seed: number, name: string, atMs: number): number {
  const random = randomFor(seed, `load/${name}`);
  const phase = random() * 2 * Math.PI;
  const ripplePhase = random() * 2 * Math.PI;
  const turn = (atMs / 1000 / WAVE_PERIOD_SEC) * 2 * Math.PI;
  const wave = 0.8 * Math.sin(turn + phase) + 0.2 * Math.sin(7.3 * turn + ripplePhase);
  return LOW_FRACTION + (HIGH_FRACTION - LOW_FRACTION) * (0.5 + 0.5 * wave);
}

function triple(valueOf: (index: 0 | 1 | 2) => number): Triple<number> {
  return [valueOf(0), valueOf(1), valueOf(2)];
}
