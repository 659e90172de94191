/**
 * The canonical allocation problem A(N, m): every EVSE of a garage is occupied, panels of ten and
 * the connection are short of current to a degree drawn from the seed. Vehicles are those of the
 * canonical planning problem (7.4, 11 and 22 kW; 5 to 50 kWh), somewhere in their stay. The seed
 * draws the wiring; each look at the site has claims, limits and loads of its own.
 */
import {
  amps,
  type Circuit,
  type Claim,
  circuitId,
  type Evse,
  evseId,
  type PerChannel,
  seconds,
  sessionId,
  type SiteProblem,
  volts,
  wattHours,
} from '../../solver/index.js';
import { mulberry32 } from '../../simulator/random.js';

export interface AllocationSize {
  readonly evseCount: number;
  readonly phaseCount: 1 | 3;
  readonly seed: number;
  /** Looks of one seed differ in everything but the wiring. */
  readonly look: number;
}

const NOW_MS = 1_800_000_000_000;
const PANEL_EVSES = 10;
const ROOT = circuitId('grid');
const PRIORITIES = [1, 1, 1, 2, 5] as const;
const PILOTS = { kind: 'continuous', minA: amps(6), stepA: amps(1) } as const;

type Random = () => number;

const LOOKS = 16;

export function canonicalAllocation(size: AllocationSize): SiteProblem {
  const { evseCount, phaseCount, seed, look } = size;
  const wiring = mulberry32(LOOKS * seed);
  const random = mulberry32(LOOKS * seed + 1 + look);
  const evses = Array.from({ length: evseCount }, (_, at) =>
    drawEvse(wiring, at, phaseCount, drawClaim(random, at)),
  );
  const panels = Array.from({ length: Math.ceil(evseCount / PANEL_EVSES) }, (_, at) => {
    const below = evses.slice(PANEL_EVSES * at, PANEL_EVSES * (at + 1));
    return wyeCircuit(panelId(at), ratings(below), 0.28 + 0.24 * random());
  });
  const loadA = ratings(evses).map((a) => 0.05 * a * random()) as [number, number, number];
  const grid = wyeCircuit(ROOT, ratings(evses), 0.15 + 0.35 * random());
  return {
    nowMs: NOW_MS,
    supply: 'wye',
    voltageLineToNeutralV: volts(230),
    voltageLineToLineV: volts(400),
    circuits: [
      { ...grid, baseLoadA: triple(loadA) },
      ...panels.map((it) => ({ ...it, parentId: ROOT })),
    ],
    evses,
    storage: [],
    pv: [],
    load: [],
    allocator: {
      laxityAssumedSec: seconds(4 * 3600),
      laxityStepSec: seconds(3600),
      onMinSec: seconds(300),
      offMinSec: seconds(300),
      offMaxSec: seconds(1800),
    },
  };
}

const panelId = (at: number) => circuitId(`panel-${at}`);

/** 7.4 kW on a random phase; 11 and 22 kW on all three, or as much on the one that there is. */
function drawEvse(random: Random, at: number, phaseCount: 1 | 3, claim: Claim): Evse {
  const kind = random();
  const phase = Math.floor(3 * random());
  const isThree = kind >= 0.3 && phaseCount === 3;
  const perPhaseA = kind < 0.3 || kind >= 0.8 ? 32 : 16;
  const only = phaseCount === 1 ? 0 : phase;
  return {
    id: evseId(`evse-${at}`),
    circuitId: panelId(Math.floor(at / PANEL_EVSES)),
    channels: isThree ? [true, true, true] : [only === 0, only === 1, only === 2],
    currentMaxA: amps(kind >= 0.3 && phaseCount === 1 ? 3 * perPhaseA : perPhaseA),
    pilots: PILOTS,
    claim,
    reservedA: amps(0),
  };
}

function drawClaim(random: Random, at: number): Claim {
  const energyWh = 1000 * (5 + 45 * random());
  const staySec = 3600 * (0.5 + 9 * random());
  const pluggedInSec = 3600 * 6 * random();
  const sinceSec = pluggedInSec * random();
  const priority = PRIORITIES[Math.floor(5 * random())] ?? 1;
  return {
    sessionId: sessionId(`session-${at}`),
    currentMinA: amps(6),
    currentMaxA: amps(96),
    need: { energyWh: wattHours(energyWh), departureAtMs: NOW_MS + 1000 * staySec },
    pluggedInAtMs: NOW_MS - 1000 * pluggedInSec,
    lastLimitA: amps(random() < 0.6 ? 10 : 0),
    sinceMs: NOW_MS - 1000 * sinceSec,
    priority,
    satisfied: false,
  };
}

/** The sum of EVSE ratings per phase, A. */
function ratings(evses: readonly Evse[]): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (const { channels, currentMaxA } of evses) {
    for (const phase of [0, 1, 2] as const) if (channels[phase]) sums[phase] += currentMaxA;
  }
  return sums;
}

/** A phase without EVSEs still has a conductor. */
function wyeCircuit(id: Circuit['id'], ratingA: PerChannel<number>, fraction: number): Circuit {
  const limitA = triple(ratingA.map((a) => Math.max(16, fraction * a)) as [number, number, number]);
  return {
    id,
    limits: [{ kind: 'wye', limitA, source: { kind: 'rating' } }],
    baseLoadA: triple([0, 0, 0]),
  };
}

function triple([a, b, c]: readonly [number, number, number]): Circuit['baseLoadA'] {
  return [amps(a), amps(b), amps(c)];
}
