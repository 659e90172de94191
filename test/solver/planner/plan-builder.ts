/** Small planning problems, by hand and by chance. */
import type { PlanConnection, PlanGroup, PlanProblem, PlanSession } from '../../../solver/index.js';
import type { Random } from '../../../simulator/random.js';

export const PLAN_SETTINGS = { gapMax: 1e-4, violationMaxKw: 1e-3, iterationsMax: 100 };

interface Parts {
  readonly slotSec?: readonly number[];
  readonly phaseCount?: 1 | 3;
  readonly sessions?: readonly Partial<PlanSession>[];
  readonly panelLimitW?: readonly number[];
  readonly groups?: readonly PlanGroup[];
  readonly connection?: Partial<PlanConnection>;
}

/** Hours as slots, one big panel, a big connection, price 0.2, no demand charge; but for `parts`. */
export function planOf(parts: Parts): PlanProblem {
  const slotSec = parts.slotSec ?? [3600];
  const phaseCount = parts.phaseCount ?? 1;
  const everySlot = (value: number) => slotSec.map(() => value);
  return {
    slotSec,
    phaseCount,
    sessions: (parts.sessions ?? []).map((it, index) => ({
      id: `s${index}`,
      panelIndex: 0,
      phases: phaseCount === 1 ? [0] : [0, 1, 2],
      firstSlot: 0,
      endSlot: slotSec.length,
      energyWh: 5000,
      powerMaxW: 10_000,
      priority: 1,
      ...it,
    })),
    panels: [
      { id: 'p0', limitW: parts.panelLimitW ?? Array.from({ length: phaseCount }, () => 1e5) },
    ],
    ...(parts.groups === undefined ? {} : { groups: parts.groups }),
    connection: {
      importMaxW: 50_000,
      exportMaxW: 50_000,
      phaseMaxW: 20_000,
      loadW: everySlot(0),
      pvW: everySlot(0),
      orders: [],
      importPricePerKwh: everySlot(0.2),
      exportPricePerKwh: everySlot(0.04),
      demandChargePerKw: 0,
      peakSoFarW: 0,
      ...parts.connection,
    },
    weights: { siteLimitPerKwh: 100, orderPerKwh: 20, unmetPerKwh: 2 },
  };
}

const PHASE_SETS = [[0], [1], [2], [0, 1], [0, 1, 2], [0, 1, 2]] as const;
const SLOT_SECS = [300, 900, 900, 1800, 3600] as const;

/**
 * Anything that a site may be: tied prices, slots of any length, dead panels, no battery, PV, an
 * overloaded building, orders, windows of one slot, nothing to charge.
 */
export function randomPlan(random: Random): PlanProblem {
  const below = (most: number) => Math.floor(most * random());
  const phaseCount = random() < 0.5 ? 1 : 3;
  const slotCount = 1 + below(random() < 0.3 ? 3 : 30);
  const slotSec = Array.from({ length: slotCount }, () => SLOT_SECS[below(5)] ?? 900);
  const panelCount = 1 + below(4);
  const sessionCount = below(random() < 0.2 ? 2 : 14);
  const scaleW = 4000 * Math.max(1, sessionCount) * (0.3 + random());
  const isTied = random() < 0.4;
  const importPricePerKwh = slotSec.map(() => (isTied ? 0.2 : 0.05 + 0.4 * random()));
  const overloadW = random() < 0.2 ? 1.2 * scaleW : 0.5 * scaleW;
  const firstOrder = below(slotCount);
  return {
    slotSec,
    phaseCount,
    sessions: Array.from({ length: sessionCount }, (_, index) => {
      const firstSlot = below(slotCount);
      const endSlot = firstSlot + 1 + below(slotCount - firstSlot);
      const phases = phaseCount === 1 ? [0] : (PHASE_SETS[below(6)] ?? [0]);
      const energyWh = random() < 0.05 ? 0 : 50_000 * random();
      const powerMaxW = [3700, 7400, 11_000, 22_000][below(4)] ?? 7400;
      const priority = [1, 1, 2, 5][below(4)] ?? 1;
      const panelIndex = below(panelCount);
      const id = `s${index}`;
      const base = { id, panelIndex, phases, firstSlot, endSlot, energyWh, powerMaxW, priority };
      if (random() < 0.7) return base;
      const costPerKwh = slotSec.slice(firstSlot, endSlot).map(() => 0.1 * random() - 0.02);
      return { ...base, costPerKwh };
    }),
    panels: Array.from({ length: panelCount }, (_, index) => randomPanel(random, index)),
    connection: {
      importMaxW: scaleW,
      exportMaxW: random() < 0.3 ? 0 : scaleW,
      phaseMaxW: 0.4 * scaleW,
      loadW: slotSec.map(() => overloadW * random()),
      pvW: slotSec.map(() => (random() < 0.5 ? 0 : 1.2 * scaleW * random())),
      ...(random() < 0.4 ? {} : { storage: randomStorage(random, scaleW) }),
      orders:
        random() < 0.5
          ? []
          : [{ firstSlot: firstOrder, endSlot: slotCount, importMaxW: scaleW * random() }],
      importPricePerKwh,
      exportPricePerKwh: importPricePerKwh.map((price) => price * (isTied ? 1 : random())),
      demandChargePerKw: random() < 0.3 ? 0 : random(),
      peakSoFarW: scaleW * 0.9 * random(),
    },
    weights: { siteLimitPerKwh: 100, orderPerKwh: 20, unmetPerKwh: 2 },
  };

  function randomPanel(chance: Random, index: number) {
    const limitW = Array.from({ length: phaseCount }, () =>
      chance() < 0.1 ? 0 : 2000 + 20_000 * chance(),
    );
    if (chance() < 0.7) return { id: `p${index}`, limitW };
    const loadW = limitW.map((most) => slotSec.map(() => 1.2 * most * chance()));
    return { id: `p${index}`, limitW, loadW };
  }
}

function randomStorage(random: Random, scaleW: number) {
  const energyMaxWh = 2 * scaleW * (0.1 + random());
  const energyStartWh = energyMaxWh * random();
  return {
    energyMaxWh,
    energyStartWh,
    energyReserveWh: 0.2 * energyMaxWh * random(),
    energyEndWh: energyStartWh * random(),
    chargeMaxW: 0.5 * scaleW,
    dischargeMaxW: 0.5 * scaleW,
    oneWayEfficiency: 0.85 + 0.15 * random(),
    wearCostPerKwh: random() < 0.5 ? 0 : 0.02 * random(),
    ...(random() < 0.5 ? {} : { terminalPricePerKwh: 0.4 * random() }),
  };
}
