/** The circuits of a site form one tree whose limits suit the supply. */
import type { Violation } from '../../solver/index.js';
import { repeated } from './check-site.js';
import { limitFits } from './conductor-loads.js';
import type { Site, SiteCircuit } from './site.js';

export function checkCircuits(site: Site): readonly Violation[] {
  const found: Violation[] = [];
  const ids = site.circuits.map((circuit) => circuit.id);
  for (const index of repeated(ids)) {
    const message = `${ids[index]} is listed twice`;
    found.push({ rule: 'circuit-id-repeated', field: `/circuits/${index}/id`, message });
  }
  const roots = site.circuits.filter((circuit) => circuit.parentId === undefined);
  if (roots.length !== 1) {
    found.push({
      rule: 'circuit-one-root',
      field: '/circuits',
      message: `exactly one circuit has no parentId (the grid connection point); here ${roots.length}`,
    });
  }
  site.circuits.forEach((circuit, index) => {
    found.push(...checkCircuit(site, circuit, index));
  });
  site.evses.forEach((evse, index) => {
    const path = pathToRoot(site, evse.circuitId);
    if (path.length === 0 || path.some((circuit) => circuit.limits.length > 0)) return;
    const message = `no circuit between ${evse.circuitId} and the root has a limit`;
    found.push({ rule: 'evse-without-limit', field: `/evses/${index}/circuitId`, message });
  });
  return found;
}

/** From a circuit up to its root; stops at an unknown parent or at a loop. */
export function pathToRoot(site: Site, circuitId: string): readonly SiteCircuit[] {
  const path: SiteCircuit[] = [];
  let next = site.circuits.find((circuit) => circuit.id === circuitId);
  while (next !== undefined && !path.includes(next)) {
    path.push(next);
    const { parentId } = next;
    next = site.circuits.find((circuit) => circuit.id === parentId);
  }
  return path;
}

function checkCircuit(site: Site, circuit: SiteCircuit, index: number): Violation[] {
  const at = `/circuits/${index}`;
  const found: Violation[] = [];
  const { parentId } = circuit;
  if (parentId !== undefined && !site.circuits.some((other) => other.id === parentId)) {
    const message = `${parentId} is not in circuits`;
    found.push({ rule: 'circuit-parent-unknown', field: `${at}/parentId`, message });
  }
  if (pathToRoot(site, circuit.id).at(-1)?.parentId === circuit.id) {
    const message = `${circuit.id} is its own ancestor`;
    found.push({ rule: 'circuit-loop', field: `${at}/parentId`, message });
  }
  circuit.limits.forEach((limit, limitIndex) => {
    const field = `${at}/limits/${limitIndex}`;
    if (!limitFits(limit.kind, site.supply)) {
      const message = `a ${limit.kind} limit does not exist on a ${site.supply} supply`;
      found.push({ rule: 'limit-kind-unfit', field: `${field}/kind`, message });
    }
    if (limit.source.kind !== 'rating') {
      const message = 'limits in the file are ratings; orders come as signals';
      found.push({ rule: 'limit-source-not-rating', field: `${field}/source`, message });
    }
  });
  return found;
}
