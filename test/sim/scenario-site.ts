/** A small site whose ratings are too small for everybody. */
import type { Site, SiteCircuit, SiteEvse, SiteStation } from '../../src/sites/site.js';
import {
  amps,
  type CircuitId,
  type CircuitLimit,
  circuitId,
  evseId,
  type PerChannel,
  type PilotSet,
  seconds,
  siteId,
  stationId,
  volts,
} from '../../solver/index.js';
import type { Dice } from './random.js';

const STATIONS_MIN = 2;
const STATIONS_MAX = 8;

export function buildSite(seed: number, random: Dice): Site {
  const supply = random.chance(0.15) ? 'delta' : 'wye';
  const panelCount = random.int(0, 2);
  const panels = Array.from({ length: panelCount }, (_, index) => circuitId(`panel-${index}`));
  const root = circuitId('grid');
  const stations: SiteStation[] = [];
  const evses: SiteEvse[] = [];
  const count = random.chance(0.5) ? STATIONS_MAX : random.int(STATIONS_MIN, STATIONS_MAX);
  for (let index = 0; index < count; index += 1) {
    const id = stationId(`S${index}`);
    stations.push({ id, offlineTested: random.chance(0.92) });
    const shape = evseShape(random, supply);
    const evseCount = random.chance(0.15) ? 2 : 1;
    const home = random.pick([root, ...panels]);
    for (let evseNumber = 1; evseNumber <= evseCount; evseNumber += 1) {
      evses.push({
        id: evseId(`${id}:${evseNumber}`),
        stationId: id,
        evseNumber,
        circuitId: home,
        ...shape,
      });
    }
  }
  return {
    id: siteId(`sim-${seed}`),
    tenantId: 'sim',
    name: 'Simulated site',
    timeZone: 'UTC',
    supply,
    voltageLineToNeutralV: volts(supply === 'wye' ? 230 : 120),
    voltageLineToLineV: volts(supply === 'wye' ? 400 : 208),
    circuits: circuitsOf({ random, supply, root, panels, evses }),
    stations,
    evses,
    settings: settingsOf(random),
    version: 1,
  };
}

function evseShape(
  random: Dice,
  supply: Site['supply'],
): Pick<SiteEvse, 'channels' | 'currentMaxA' | 'pilots'> {
  const one = random.int(0, 2);
  const single = supply === 'delta' || random.chance(0.2);
  const channels: PerChannel<boolean> = single
    ? [one === 0, one === 1, one === 2]
    : [true, true, true];
  const pilots: PilotSet = random.chance(0.15)
    ? { kind: 'set', valuesA: [amps(8), amps(16), amps(24), amps(32)] }
    : { kind: 'continuous', minA: amps(6), stepA: amps(random.chance(0.2) ? 0.1 : 1) };
  const currentMaxA = amps(pilots.kind === 'set' ? 32 : random.pick([16, 20, 32]));
  return { channels, currentMaxA, pilots };
}

interface Parts {
  readonly random: Dice;
  readonly supply: Site['supply'];
  readonly root: CircuitId;
  readonly panels: readonly CircuitId[];
  readonly evses: readonly SiteEvse[];
}

function circuitsOf(parts: Parts): readonly SiteCircuit[] {
  const { random, supply, root, panels, evses } = parts;
  const baseA = random.chance(0.5) ? amps(random.int(1, 12)) : amps(0);
  const grid: SiteCircuit = {
    id: root,
    name: 'Grid connection',
    limits: [limitOf(parts, evses, baseA, 0.25 + random.next() * 0.4)],
    baseLoadMaxA: [baseA, baseA, baseA],
  };
  const none = amps(0);
  const below = panels.map((id): SiteCircuit => {
    const own = evses.filter((evse) => evse.circuitId === id);
    return {
      id,
      name: id,
      parentId: root,
      limits: [limitOf(parts, own, 0, 0.35 + random.next() * 0.5)],
      baseLoadMaxA: [none, none, none],
    };
  });
  return supply === 'delta' ? [grid, ...below.map((it) => pairPanel(it, evses))] : [grid, ...below];
}

/** A panel of a delta site bounds each line pair by itself. */
function pairPanel(circuit: SiteCircuit, evses: readonly SiteEvse[]): SiteCircuit {
  const own = evses.filter((evse) => evse.circuitId === circuit.id);
  const limits = ([0, 1, 2] as const).map((pair): CircuitLimit => {
    const sumA = own.reduce((a, evse) => a + (evse.channels[pair] ? evse.currentMaxA : 0), 0);
    const source = { kind: 'rating' } as const;
    return { kind: 'pair-sum', pair, limitA: amps(Math.max(16, Math.round(sumA * 0.6))), source };
  });
  return { ...circuit, limits };
}

function limitOf(
  { supply }: Parts,
  below: readonly SiteEvse[],
  baseA: number,
  share: number,
): CircuitLimit {
  const source = { kind: 'rating' } as const;
  const sumA = (channel: 0 | 1 | 2): number =>
    below.reduce((a, evse) => a + (evse.channels[channel] ? evse.currentMaxA : 0), 0);
  const fit = (a: number) => amps(baseA + Math.max(16, Math.round(a * share)));
  const [x, y, z] = [sumA(0), sumA(1), sumA(2)];
  if (supply === 'wye') return { kind: 'wye', limitA: [fit(x), fit(y), fit(z)], source };
  const line = (a: number, b: number) => Math.sqrt(a * a + b * b + a * b);
  return { kind: 'line', limitA: [fit(line(x, z)), fit(line(x, y)), fit(line(y, z))], source };
}

function settingsOf(random: Dice): Site['settings'] {
  return {
    allocator: {
      laxityAssumedSec: seconds(14_400),
      laxityStepSec: seconds(300),
      onMinSec: seconds(random.pick([0, 120, 300])),
      offMinSec: seconds(random.pick([0, 120])),
      offMaxSec: seconds(random.pick([600, 1800])),
    },
    fallbackIdleA: amps(0),
    fallbackSessionA: amps(random.pick([0, 6])),
    leaseSec: random.pick([120, 300, 600, 900]),
    leaseMeteredSec: 90,
    settleSec: 12,
    skewSec: 10,
    raiseHoldSec: random.pick([0, 15, 60]),
    changesPerHourMax: random.pick([12, 12, 60]),
    sampleIntervalSec: 60,
    acceptAnyToken: true,
  };
}
