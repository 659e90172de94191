/** The planning problem of the vehicles that are plugged in now. */
import {
  circuitRoom,
  type PlanProblem,
  type PlanSession,
  type PlanStorage,
  type RoomRequest,
  volts,
} from '../../solver/index.js';
import { balancedA, type ReplaySite } from './site.js';

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
  readonly storage?: PlanStorage | undefined;
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
  const panelIds = [...new Set(wishes.flatMap((it) => site.evses[it.evseIndex]?.circuitId ?? []))];
  const { voltageV, voltageLineToNeutralV, circuits } = site;
  const room = circuitRoom({
    site: {
      supply: 'delta',
      voltageLineToNeutralV: volts(voltageLineToNeutralV),
      voltageLineToLineV: volts(voltageV),
      circuits,
    },
    panelIds,
    slotCount: slotSec.length,
    ...(beside === undefined ? {} : { otherA: besideA(site, beside.baseW) }),
  });
  const { loadW = every(0), pvW = every(0), storage } = beside ?? {};
  // Nothing is exported: what is left of generation earns nothing.
  const noLimitW = NO_LIMIT_W + loadW.reduce((most, w) => Math.max(most, w), 0);
  return {
    slotSec,
    phaseCount: 3,
    sessions: wishes.flatMap((wish) => sessionOf(site, panelIds, wish, edgesMs)),
    ...room,
    connection: {
      importMaxW: noLimitW,
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
function besideA(site: ReplaySite, baseW: readonly number[]): NonNullable<RoomRequest['otherA']> {
  const roots = new Set<string>(
    site.circuits.filter((it) => it.parentId === undefined).map((it) => it.id),
  );
  return (circuitId, _, slot) => (roots.has(circuitId) ? balancedA(site, baseW[slot] ?? 0) : 0);
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
