/** The installer corrects the tree while vehicles charge: ratings fall and rise, EVSEs change panels. */
import type { SiteCircuit } from '../../src/sites/site.js';
import {
  amps,
  circuitId,
  type CircuitId,
  type CircuitLimit,
  type EvseId,
} from '../../solver/index.js';
import type { Dice } from './random.js';
import { MINUTE_MS, type Scenario, START_MS } from './scenario.js';

/** The site's circuits from an instant on, and where each EVSE is connected. */
export interface TreeEdit {
  readonly atMs: number;
  readonly circuits: readonly SiteCircuit[];
  readonly homes: ReadonlyMap<EvseId, CircuitId>;
}

/** So short that what was granted before an edit has ended while the run still lasts. */
const LEASE_SEC = 120;
/** A vehicle at its minimum on a panel of its own. */
const RATING_MIN_A = 16;

export function treeEdits(scenario: Scenario, random: Dice): Scenario {
  const { site, siteBelieved, faultsEndMs } = scenario;
  const edits: TreeEdit[] = [];
  let atMs = START_MS + random.int(3, 8) * MINUTE_MS;
  while (atMs < faultsEndMs) {
    edits.push({ atMs, ...treeAt(scenario, random) });
    atMs += random.chance(0.4) ? random.int(20, 120) * 1000 : random.int(8, 12) * MINUTE_MS;
  }
  const homes = new Map(site.evses.map((evse) => [evse.id, evse.circuitId]));
  const asItWas = { atMs: faultsEndMs, circuits: site.circuits, homes };
  return {
    ...scenario,
    site: { ...site, settings: { ...site.settings, leaseSec: LEASE_SEC } },
    siteBelieved: { ...siteBelieved, settings: { ...siteBelieved.settings, leaseSec: LEASE_SEC } },
    treeEdits: [...edits, asItWas],
  };
}

function treeAt({ site }: Scenario, random: Dice): Omit<TreeEdit, 'atMs'> {
  const [root] = site.circuits;
  const rerated = site.circuits.map((circuit) =>
    random.chance(0.6) ? circuit : rated(circuit, 0.5 + random.next() * 0.7),
  );
  const isNew = site.supply === 'wye' && random.chance(0.5) && root !== undefined;
  const circuits = isNew ? [...rerated, panelUnder(root.id, random)] : rerated;
  const places = circuits.map(({ id }) => id);
  const moved = (home: CircuitId): CircuitId =>
    random.chance(0.2) ? (places[random.int(0, places.length - 1)] ?? home) : home;
  const homes = new Map(site.evses.map((evse) => [evse.id, moved(evse.circuitId)]));
  return { circuits, homes };
}

/** Never below what the building on it is declared to take. */
function rated(circuit: SiteCircuit, times: number): SiteCircuit {
  const baseA = circuit.baseLoadMaxA[0];
  const scaled = (limitA: number) => amps(baseA + Math.max(RATING_MIN_A, (limitA - baseA) * times));
  const limits = circuit.limits.map((limit): CircuitLimit => {
    if (limit.kind === 'pair-sum') return { ...limit, limitA: scaled(limit.limitA) };
    if (limit.kind !== 'wye' && limit.kind !== 'line') return limit;
    const [a, b, c] = limit.limitA;
    return { ...limit, limitA: [scaled(a), scaled(b), scaled(c)] };
  });
  return { ...circuit, limits };
}

function panelUnder(parentId: CircuitId, random: Dice): SiteCircuit {
  const limitA = amps(random.int(RATING_MIN_A, 63));
  const none = amps(0);
  return {
    id: circuitId('panel-new'),
    name: 'panel-new',
    parentId,
    limits: [{ kind: 'wye', limitA: [limitA, limitA, limitA], source: { kind: 'rating' } }],
    baseLoadMaxA: [none, none, none],
  };
}
