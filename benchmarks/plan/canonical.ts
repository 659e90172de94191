/**
 * The canonical planning problem P(N, T): N sessions of a working day at one site, drawn from a
 * seed. Chance is drawn session by session (arrival, stay, energy, rating, phase, priority), then
 * one price a slot, so that every engine and every version reads the same numbers.
 */
import type { PlanPanel, PlanProblem, PlanSession } from '../../solver/index.js';
import { mulberry32 } from '../../simulator/random.js';

export interface CanonicalSize {
  readonly sessionCount: number;
  readonly phaseCount: 1 | 3;
  readonly seed: number;
}

const SLOT_COUNT = 96;
const SLOT_SEC = 900;
const SLOT_HOURS = SLOT_SEC / 3600;
const PANEL_SESSIONS = 10;
const SINGLE_PHASE_W = 7400;

export function canonicalPlanProblem(size: CanonicalSize): PlanProblem {
  const random = mulberry32(size.seed);
  const sessions = Array.from({ length: size.sessionCount }, (_, index) =>
    drawSession(random, index, size.phaseCount),
  );
  const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
  const importPricePerKwh = slots.map((slot) =>
    Math.max(0.04, basePrice(slot * SLOT_HOURS) + 0.06 * (random() - 0.5)),
  );
  const gridW = 2900 * size.sessionCount;
  const share = size.sessionCount;
  return {
    slotSec: slots.map(() => SLOT_SEC),
    phaseCount: size.phaseCount,
    sessions,
    panels: panelsOf(sessions, size.phaseCount),
    connection: {
      importMaxW: gridW,
      exportMaxW: gridW,
      phaseMaxW: 0.37 * gridW,
      loadW: slots.map((slot) => 500 * share * (0.6 + 0.4 * halfSine(slot * SLOT_HOURS))),
      pvW: slots.map((slot) => 400 * share * halfSine(slot * SLOT_HOURS)),
      storage: {
        energyMaxWh: 2000 * share,
        energyStartWh: 1000 * share,
        energyReserveWh: 0,
        energyEndWh: 1000 * share,
        chargeMaxW: 1000 * share,
        dischargeMaxW: 1000 * share,
        oneWayEfficiency: 0.95,
        wearCostPerKwh: 0.01,
      },
      orders: [{ firstSlot: 62, endSlot: 70, importMaxW: 1500 * share }],
      importPricePerKwh,
      exportPricePerKwh: slots.map(() => 0.04),
      demandChargePerKw: 0.5,
      peakSoFarW: 0.5 * gridW,
    },
    weights: { siteLimitPerKwh: 100, orderPerKwh: 20, unmetPerKwh: 2 },
  };
}

function drawSession(random: () => number, index: number, phaseCount: 1 | 3): PlanSession {
  const arrivalHour = 6.5 + 3.5 * random();
  const stayHours = 2 + 8 * random();
  const energyWh = 1000 * (5 + 45 * random());
  const powerMaxW = ratingW(random());
  const phase = Math.floor(3 * random());
  const priority = [1, 1, 1, 2, 5][Math.floor(5 * random())] ?? 1;
  const firstSlot = Math.ceil(arrivalHour / SLOT_HOURS);
  const endSlot = Math.max(firstSlot + 1, Math.floor((arrivalHour + stayHours) / SLOT_HOURS));
  return {
    id: `s${index}`,
    panelIndex: Math.floor(index / PANEL_SESSIONS),
    phases: phasesOf(phaseCount, powerMaxW, phase),
    firstSlot,
    endSlot: Math.min(SLOT_COUNT, endSlot),
    energyWh,
    powerMaxW,
    priority,
  };
}

function ratingW(chance: number): number {
  if (chance < 0.3) return SINGLE_PHASE_W;
  return chance < 0.8 ? 11_000 : 22_000;
}

function phasesOf(phaseCount: 1 | 3, powerMaxW: number, phase: number): readonly number[] {
  if (phaseCount === 1) return [0];
  return powerMaxW === SINGLE_PHASE_W ? [phase] : [0, 1, 2];
}

/** 40 % of the sum of the ratings, split equally over the phases. */
function panelsOf(sessions: readonly PlanSession[], phaseCount: 1 | 3): PlanPanel[] {
  const panelCount = Math.ceil(sessions.length / PANEL_SESSIONS);
  return Array.from({ length: panelCount }, (_, panelIndex) => {
    const own = sessions.filter((it) => it.panelIndex === panelIndex);
    const sumW = own.reduce((sum, it) => sum + it.powerMaxW, 0);
    const limitW = Array.from({ length: phaseCount }, () => (0.4 * sumW) / phaseCount);
    return { id: `p${panelIndex}`, limitW };
  });
}

/** 0 before 7 h and after 19 h, 1 at 13 h. */
function halfSine(hour: number): number {
  return Math.max(0, Math.sin((Math.PI * (hour - 7)) / 12));
}

function basePrice(hour: number): number {
  if (hour >= 17 && hour < 21) return 0.3;
  return hour < 6 ? 0.12 : 0.2;
}
