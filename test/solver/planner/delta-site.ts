/** Planning problems of a delta site with little room, as a replay of real sessions asks for them. */
import type { Random } from '../../../simulator/random.js';
import {
  amps,
  type Circuit,
  circuitId,
  type CircuitLimit,
  circuitRoom,
  type PlanProblem,
  type PlanSession,
  volts,
} from '../../../solver/index.js';

const VOLTAGE_V = 208;
const TURNS_RATIO = 4;
const HIGHEST_A = 32;
/** Above every power of the site. */
const NO_LIMIT_W = 1e6;
const PANELS = ['ab', 'bc', 'ca', 'pod'] as const;
/** Slots are short at first, then as long as the sessions' departures have it. */
const FIRST_SEC = [300, 300, 300, 900, 1800] as const;

const rating = { source: { kind: 'rating' } } as const;
const three = (valueA: number) => [amps(valueA), amps(valueA), amps(valueA)] as const;

/**
 * A transformer's primary, lines below it, pair sums of single panels. Most ask for more than there
 * is; the site's own limits are far away; vehicles have small costs that order what is equal, and
 * half of the sites pay neither for energy nor for a peak.
 */
export function deltaSitePlan(random: Random): PlanProblem {
  const slotSec = drawSlots(random);
  const every = (value: number) => slotSec.map(() => value);
  const isFree = random() < 0.5;
  const unitPerKwh = isFree ? 0.1 + 0.2 * random() : 0.01 * random();
  const count = 2 + Math.floor(14 * random());
  return {
    slotSec,
    phaseCount: 3,
    sessions: Array.from({ length: count }, (_, index) =>
      drawSession(random, slotSec, index, unitPerKwh),
    ),
    ...circuitRoom({
      site: {
        supply: 'delta',
        voltageLineToNeutralV: volts(120),
        voltageLineToLineV: volts(VOLTAGE_V),
        circuits: drawCircuits(random),
      },
      panelIds: PANELS,
      slotCount: slotSec.length,
    }),
    connection: {
      importMaxW: NO_LIMIT_W,
      exportMaxW: 0,
      phaseMaxW: NO_LIMIT_W,
      loadW: every(0),
      pvW: every(0),
      orders: [],
      importPricePerKwh: isFree ? every(0) : slotSec.map(() => 0.05 + 0.3 * random()),
      exportPricePerKwh: every(0),
      demandChargePerKw: isFree || random() < 0.5 ? 0 : 15 * random(),
      peakSoFarW: 20_000 * random(),
    },
    weights: {
      siteLimitPerKwh: 100,
      orderPerKwh: 20,
      unmetPerKwh: isFree ? 1 : 2 + 60 * random(),
    },
  };
}

function drawSlots(random: Random): readonly number[] {
  const later = Array.from(
    { length: 3 + Math.floor(8 * random()) },
    () => 300 * (1 + Math.floor(30 * random() * random())),
  );
  return [...FIRST_SEC, ...later];
}

function drawCircuits(random: Random): readonly Circuit[] {
  const limitKva = 5 + 35 * random();
  const lineA = (1000 * limitKva) / (Math.sqrt(3) * VOLTAGE_V);
  const circuit = (id: string, limits: readonly CircuitLimit[], parentId?: string): Circuit => ({
    id: circuitId(id),
    ...(parentId === undefined ? {} : { parentId: circuitId(parentId) }),
    limits,
    baseLoadA: three(0),
  });
  const pair = (of: 0 | 1 | 2, limitA: number): CircuitLimit => {
    return { kind: 'pair-sum', pair: of, limitA: amps(limitA), ...rating };
  };
  return [
    circuit('transformer', [
      {
        kind: 'delta-primary',
        limitA: three(lineA / TURNS_RATIO),
        turnsRatio: TURNS_RATIO,
        ...rating,
      },
      ...(random() < 0.5 ? [] : [{ kind: 'line', limitA: three(lineA), ...rating } as const]),
    ]),
    circuit('secondary', [{ kind: 'line', limitA: three(1.2 * lineA), ...rating }], 'transformer'),
    circuit('ab', [], 'secondary'),
    circuit('bc', [pair(1, 40 + 100 * random())], 'secondary'),
    circuit('ca', [], 'transformer'),
    circuit('pod', [pair(0, 40 + 60 * random())], 'secondary'),
  ];
}

function drawSession(
  random: Random,
  slotSec: readonly number[],
  index: number,
  unitPerKwh: number,
): PlanSession {
  const slotCount = slotSec.length;
  const firstSlot = random() < 0.8 ? 0 : Math.floor(0.5 * slotCount * random());
  const endSlot = firstSlot + 1 + Math.floor((slotCount - firstSlot) * random());
  const hours = slotSec.map((sec) => sec / 3600);
  const startHours = hours.map((_, slot) => hours.slice(0, slot).reduce((sum, it) => sum + it, 0));
  const spanHours = hours.reduce((sum, it) => sum + it, 0);
  const now = 0.4 * random();
  return {
    id: `s${index}`,
    panelIndex: Math.floor(PANELS.length * random()),
    phases: [Math.floor(3 * random())],
    firstSlot,
    endSlot,
    energyWh: random() < 0.1 ? 50 * random() : 30_000 * random() * random(),
    powerMaxW: HIGHEST_A * VOLTAGE_V * (random() < 0.8 ? 1 : 0.5),
    priority: random() < 0.9 ? 1 : 2,
    costPerKwh: startHours
      .slice(firstSlot, endSlot)
      .map((start) => unitPerKwh * ((0.1 * start) / spanHours - (start === 0 ? now : 0))),
  };
}
