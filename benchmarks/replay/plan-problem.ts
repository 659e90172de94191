/** The planning problem of the vehicles that are plugged in now. */
import {
  amps,
  type Circuit,
  circuitId,
  type CircuitLimit,
  circuitRoom,
  type Plan,
  type PlanProblem,
  type PlanSession,
  type PlanStorage,
  type RoomRequest,
  volts,
  type Watts,
} from '../../solver/index.js';
import { balancedA, type ReplaySite, rootMaxW } from './site.js';

/** A vehicle to plan for. */
export interface Wish {
  readonly id: string;
  readonly evseIndex: number;
  /** When it is there. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly energyWh: number;
  /** No more may stay unmet; absent: all of it may. */
  readonly maxA: number;
  readonly priority: number;
  /** Of one kWh in each of the slots that start at these instants. */
  readonly costPerKwh: (startsMs: readonly number[]) => readonly number[];
}

export interface Horizon {
  /** Slot edges, ascending; slots are between them. */
  readonly edgesMs: readonly number[];
  readonly prices?: SitePrices | undefined;
  readonly peakSoFarW?: number;
  /** Absent: the vehicles are alone. */
  readonly beside?: PlannedBeside | undefined;
}

/** What shares the grid connection, W for each slot. */
export interface PlannedBeside {
  readonly loadW: readonly number[];
  readonly pvW: readonly number[];
  /** What the limits of the root carry of it. */
  readonly baseW: readonly number[];
  /** What a battery gives at the root at most, off these limits; absent: nothing. */
  readonly reliefW?: readonly number[];
  readonly storage?: PlanStorage | undefined;
  /** Instead: a battery that only serves vehicles, and as exactly as cuts can say it. */
  readonly held?: HeldBattery;
}

/** It can give so much, all in all and at once; `reliefW` is all of its power in every slot. */
export interface HeldBattery {
  readonly energyWh: number;
  readonly powerMaxW: number;
}

export interface SitePrices {
  readonly perKwhAt: (atMs: number) => number;
  /** Instants within the window at which the price changes. */
  readonly edgesMs: (fromMs: number, toMs: number) => readonly number[];
  readonly demandPerKw: number;
}

/** Above every power of a site, W. */
const NO_LIMIT_W = 1e6;

export function planProblem(
  site: ReplaySite,
  wishes: readonly Wish[],
  { edgesMs, prices, peakSoFarW, beside }: Horizon,
): PlanProblem {
  const slotSec = edgesMs.slice(1).map((edge, at) => (edge - (edgesMs[at] as number)) / 1000);
  const every = (value: number): readonly number[] => slotSec.map(() => value);
  const held = beside?.held;
  const panelIds: string[] = [
    ...new Set(wishes.flatMap((it) => site.evses[it.evseIndex]?.circuitId ?? [])),
    ...(held === undefined ? [] : [HELD]),
  ];
  const { voltageV, voltageLineToNeutralV } = site;
  const circuits = held === undefined ? site.circuits : withHeld(site, held);
  const room = circuitRoom({
    site: {
      supply: 'delta',
      voltageLineToNeutralV: volts(voltageLineToNeutralV),
      voltageLineToLineV: volts(voltageV),
      circuits,
    },
    panelIds,
    slotCount: slotSec.length,
    ...(beside === undefined ? {} : { otherA: besideA(site, beside) }),
  });
  const { loadW = every(0), pvW = every(0), storage } = beside ?? {};
  // Nothing is exported: what is left of generation earns nothing.
  const noLimitW = NO_LIMIT_W + loadW.reduce((most, w) => Math.max(most, w), 0);
  // Cuts that a battery loosens by all of its power leave the sum of all to the import.
  const leastW = loadW.reduce((most, w) => Math.max(most, w), 0);
  const hasStorage = storage !== undefined;
  const importMaxW = hasStorage ? Math.min(noLimitW, Math.max(rootMaxW(site), leastW)) : noLimitW;
  return {
    slotSec,
    phaseCount: 3,
    sessions: [
      ...wishes.flatMap((wish) => sessionOf(site, panelIds, wish, edgesMs)),
      ...(held === undefined ? [] : heldBack(held, slotSec, panelIds.indexOf(HELD))),
    ],
    ...room,
    connection: {
      importMaxW,
      exportMaxW: 0,
      phaseMaxW: noLimitW,
      loadW,
      pvW,
      ...(storage === undefined ? {} : { storage }),
      orders: [],
      importPricePerKwh: edgesMs.slice(0, -1).map((edge) => prices?.perKwhAt(edge) ?? 0),
      exportPricePerKwh: every(0),
      demandChargePerKw: prices?.demandPerKw ?? 0,
      peakSoFarW: peakSoFarW ?? 0,
    },
    weights: { siteLimitPerKwh: 100, orderPerKwh: 20, unmetPerKwh: 1 },
  };
}

/** Load of the root on each line pair, A. */
function besideA(
  site: ReplaySite,
  { baseW, reliefW }: PlannedBeside,
): NonNullable<RoomRequest['otherA']> {
  const roots = new Set<string>(
    site.circuits.filter((it) => it.parentId === undefined).map((it) => it.id),
  );
  return (id, _, slot) =>
    roots.has(id) ? balancedA(site, (baseW[slot] ?? 0) - (reliefW?.[slot] ?? 0)) : 0;
}

const HELD = 'held back';
/** Energy that no vehicle misses stays in the battery. */
const KEPT_PRIORITY = 0.05;
/** What is not in the battery cannot be given, whatever is missed. */
const EMPTY_PRIORITY = 1000;

function withHeld({ circuits, voltageV }: ReplaySite, held: HeldBattery): readonly Circuit[] {
  const root = circuits.find((it) => it.parentId === undefined);
  if (root === undefined) return circuits;
  const limit: CircuitLimit = {
    kind: 'power',
    limitW: held.powerMaxW as Watts,
    voltageV: volts(voltageV),
    source: { kind: 'rating' },
  };
  const none = [amps(0), amps(0), amps(0)] as const;
  const id = circuitId(HELD);
  return [...circuits, { id, parentId: root.id, limits: [limit], baseLoadA: none }];
}

/**
 * The power that the battery does not give, as two vehicles at the root that take it from cuts which
 * count on all of it: one has to have what is not stored, the other would like to have what is.
 *
 *     vehicles + (power - given) <= limit + power
 */
function heldBack(
  { energyWh, powerMaxW }: HeldBattery,
  slotSec: readonly number[],
  panelIndex: number,
): readonly PlanSession[] {
  const allWh = (powerMaxW * slotSec.reduce((sum, sec) => sum + sec, 0)) / 3600;
  const givenWh = Math.min(energyWh, allWh);
  const part = (id: string, priority: number, wh: number): PlanSession => ({
    id: `${HELD}, ${id}`,
    panelIndex,
    phases: [0, 1, 2],
    firstSlot: 0,
    endSlot: slotSec.length,
    energyWh: wh,
    powerMaxW,
    priority,
  });
  return [
    part('not stored', EMPTY_PRIORITY, allWh - givenWh),
    part('stored', KEPT_PRIORITY, givenWh),
  ];
}

/** Of the first slot, W. */
export function givenNowW(problem: PlanProblem, plan: Plan, { powerMaxW }: HeldBattery): number {
  const keptW = problem.sessions.reduce(
    (sum, { id }, at) => sum + (id.startsWith(HELD) ? (plan.sessionW[at]?.[0] ?? 0) : 0),
    0,
  );
  return Math.max(0, powerMaxW - keptW);
}

function sessionOf(
  site: ReplaySite,
  panelIds: readonly string[],
  wish: Wish,
  edgesMs: readonly number[],
): readonly PlanSession[] {
  const evse = site.evses[wish.evseIndex];
  const firstSlot = edgesMs.findIndex((edge) => edge >= wish.fromMs);
  const lastEdge = edgesMs.findLastIndex((edge) => edge <= wish.toMs);
  if (evse === undefined || firstSlot < 0 || lastEdge <= firstSlot) return [];
  return [
    {
      id: wish.id,
      panelIndex: panelIds.indexOf(evse.circuitId),
      phases: [evse.channel],
      firstSlot,
      endSlot: lastEdge,
      energyWh: wish.energyWh,
      powerMaxW: wish.maxA * site.voltageV,
      priority: wish.priority,
      costPerKwh: wish.costPerKwh(edgesMs.slice(firstSlot, lastEdge)),
    },
  ];
}
