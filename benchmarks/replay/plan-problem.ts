/** The planning problem of the vehicles that are plugged in now. */
import { type Conductor, componentsOf, conductorsOf } from '../../simulator/conductors.js';
import type { PlanCut, PlanProblem, PlanSession } from '../../solver/index.js';
import { isBelow, type ReplaySite } from './site.js';

/** A vehicle to plan for. */
export interface Wish {
  readonly id: string;
  readonly evseIndex: number;
  /** When it is there. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly energyWh: number;
  /** No more may stay unmet; absent: all of it may. */
  readonly unmetMaxWh?: number;
  readonly maxA: number;
  readonly priority: number;
  /** Of one kWh in the slot [fromMs, toMs). */
  readonly costPerKwh: (fromMs: number, toMs: number) => number;
}

export interface Horizon {
  /** Slot edges, ascending; slots are between them. */
  readonly edgesMs: readonly number[];
  readonly prices?: SitePrices | undefined;
  readonly peakSoFarW?: number;
}

export interface SitePrices {
  readonly perKwhAt: (atMs: number) => number;
  /** Instants within the window at which the price changes. */
  readonly edgesMs: (fromMs: number, toMs: number) => readonly number[];
  readonly demandPerKw: number;
}

/** Above every power of a site, W. */
const NO_LIMIT_W = 1e6;
/** Tangents of a round limit within the angles that currents of one sign can have. */
const TANGENTS = 8;

export function planProblem(
  site: ReplaySite,
  wishes: readonly Wish[],
  { edgesMs, prices, peakSoFarW }: Horizon,
): PlanProblem {
  const slotSec = edgesMs.slice(1).map((edge, at) => (edge - (edgesMs[at] as number)) / 1000);
  const every = (value: number): readonly number[] => slotSec.map(() => value);
  const panels = panelsOf(site);
  return {
    slotSec,
    phaseCount: 3,
    sessions: wishes.flatMap((wish) => sessionOf(site, panels, wish, edgesMs)),
    panels: panels.map(({ id }) => ({ id, limitW: [NO_LIMIT_W, NO_LIMIT_W, NO_LIMIT_W] })),
    groups: cutsOf(site).map(({ id, panelIndices, cuts }) => ({
      id,
      panelIndices,
      cuts: cuts.map(({ weights, limitW }): PlanCut => ({ weights, limitW: every(limitW) })),
    })),
    connection: {
      importMaxW: NO_LIMIT_W,
      exportMaxW: 0,
      phaseMaxW: NO_LIMIT_W,
      loadW: every(0),
      pvW: every(0),
      orders: [],
      importPricePerKwh: edgesMs.slice(0, -1).map((edge) => prices?.perKwhAt(edge) ?? 0),
      exportPricePerKwh: every(0),
      demandChargePerKw: prices?.demandPerKw ?? 0,
      peakSoFarW: peakSoFarW ?? 0,
    },
    weights: { siteLimitPerKwh: 100, orderPerKwh: 20, unmetPerKwh: 1 },
  };
}

/** Circuits that carry EVSEs themselves. */
const panelsOf = ({ circuits, evses }: ReplaySite) =>
  circuits.filter(({ id }) => evses.some((it) => it.circuitId === id));

function sessionOf(
  site: ReplaySite,
  panels: ReturnType<typeof panelsOf>,
  wish: Wish,
  edgesMs: readonly number[],
): readonly PlanSession[] {
  const evse = site.evses[wish.evseIndex];
  const firstSlot = edgesMs.findIndex((edge) => edge >= wish.fromMs);
  const lastEdge = edgesMs.findLastIndex((edge) => edge <= wish.toMs);
  if (evse === undefined || firstSlot < 0 || lastEdge <= firstSlot) return [];
  const costPerKwh: number[] = [];
  for (let slot = firstSlot; slot < lastEdge; slot += 1) {
    costPerKwh.push(wish.costPerKwh(edgesMs[slot] as number, edgesMs[slot + 1] as number));
  }
  return [
    {
      id: wish.id,
      panelIndex: panels.findIndex(({ id }) => id === evse.circuitId),
      phases: [evse.channel],
      firstSlot,
      endSlot: lastEdge,
      energyWh: wish.energyWh,
      powerMaxW: wish.maxA * site.voltageV,
      priority: wish.priority,
      ...(wish.unmetMaxWh === undefined ? {} : { unmetMaxWh: wish.unmetMaxWh }),
      costPerKwh,
    },
  ];
}

interface StaticGroup {
  readonly id: string;
  readonly panelIndices: readonly number[];
  readonly cuts: readonly { readonly weights: readonly number[]; readonly limitW: number }[];
}

const known = new WeakMap<ReplaySite, readonly StaticGroup[]>();

function cutsOf(site: ReplaySite): readonly StaticGroup[] {
  const found = known.get(site);
  if (found !== undefined) return found;
  const panels = panelsOf(site);
  const groups = site.circuits.flatMap((circuit): readonly StaticGroup[] => {
    const panelIndices = panels.flatMap(({ id }, index) =>
      isBelow(site.circuits, { circuitId: id }, circuit) ? [index] : [],
    );
    const cuts = circuit.limits
      .flatMap((limit) => conductorsOf(limit))
      .flatMap((conductor) => tangentsOf(conductor, site.voltageV));
    return cuts.length === 0 ? [] : [{ id: circuit.id, panelIndices, cuts }];
  });
  known.set(site, groups);
  return groups;
}

/** Outer cuts of a conductor, for powers on the channels: its limit times the channels' voltage. */
function tangentsOf(conductor: Conductor, voltageV: number): StaticGroup['cuts'] {
  const parts = componentsOf(conductor);
  const limitW = conductor.limit * voltageV;
  if (conductor.kind === 'real') return [{ weights: conductor.weights, limitW }];
  // Currents are not negative, so their sum lies between the directions of its parts.
  const angles = parts
    .filter(({ re, im }) => Math.hypot(re, im) > 0)
    .map(({ re, im }) => Math.atan2(im, re));
  const first = angles[0] ?? 0;
  const turned = angles.map((angle) => wrap(angle - first));
  const low = Math.min(...turned);
  const step = (Math.max(...turned) - low) / TANGENTS;
  return Array.from({ length: TANGENTS }, (_, at) => {
    const angle = first + low + (at + 0.5) * step;
    const weights = parts.map(({ re, im }) => re * Math.cos(angle) + im * Math.sin(angle));
    return { weights, limitW };
  });
}

const wrap = (angle: number): number => Math.atan2(Math.sin(angle), Math.cos(angle));
