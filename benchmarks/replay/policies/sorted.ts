/** Rules that serve one vehicle after the other, as far as the network allows. */
import { pilotAtLeast, pilotAtMost, pilotAbove } from '../../../solver/index.js';
import {
  baseOf,
  type Decision,
  type Guest,
  type Policy,
  type PolicySettings,
  type View,
} from '../policy.js';
import { overloadA } from '../site.js';

type Rank = (guest: Guest, nowMs: number, voltageV: number) => number;

const MS_PER_HOUR = 3_600_000;

/** Smaller comes first; ties by arrival. */
export const RANKS: Readonly<Record<'fcfs' | 'edf' | 'llf', Rank>> = {
  fcfs: (guest) => guest.arrivedAtMs,
  edf: (guest) => guest.departureAtMs,
  llf: (guest, nowMs, voltageV) =>
    guest.departureAtMs - nowMs - (guest.remainingWh * MS_PER_HOUR) / (guest.maxA * voltageV),
};

/** Each in its turn gets the highest pilot that still fits. */
export function sortedPolicy(settings: PolicySettings, rank: Rank): Policy {
  return { decide: (view) => ({ pilotsA: serve(settings, view, queueOf(settings, view, rank)) }) };
}

/** One pilot step each, again and again, beginning one vehicle later at every grid instant. */
export function roundRobinPolicy(settings: PolicySettings): Policy {
  let turn = 0;
  return {
    decide: (view): Decision => {
      if (view.isPlanDue) turn += 1;
      const queue = queueOf(settings, view, RANKS.fcfs);
      const from = queue.length === 0 ? 0 : turn % queue.length;
      return { pilotsA: share(settings, view, [...queue.slice(from), ...queue.slice(0, from)]) };
    },
  };
}

/** Indices of guests that may charge now, in order; those held on come first. */
function queueOf({ site, onOffMinSec }: PolicySettings, view: View, rank: Rank): readonly number[] {
  const of = (at: number): Guest => view.guests[at] as Guest;
  const key = (at: number): number => rank(of(at), view.nowMs, site.voltageV);
  return view.guests
    .map((_, at) => at)
    .filter((at) => !isResting(of(at), view.nowMs, onOffMinSec))
    .sort((a, b) => key(a) - key(b) || of(a).arrivedAtMs - of(b).arrivedAtMs || a - b);
}

const isYoung = (guest: Guest, nowMs: number, sec: number): boolean =>
  nowMs - guest.sinceMs < sec * 1000;

const isResting = (guest: Guest, nowMs: number, sec: number): boolean =>
  guest.pilotA === 0 && guest.sinceMs > guest.arrivedAtMs && isYoung(guest, nowMs, sec);

/** Currents of all guests, of which those that may not stop yet have their least one where it fits. */
function start(settings: PolicySettings, view: View): Room {
  const { site, onOffMinSec } = settings;
  const pilotsA = view.guests.map(() => 0);
  const baseW = baseOf(view);
  const room = { pilotsA, currentsA: new Float64Array(site.evses.length), baseW };
  for (const [at, guest] of view.guests.entries()) {
    if (guest.pilotA === 0 || !isYoung(guest, view.nowMs, onOffMinSec)) continue;
    const least = leastA(site.evses[guest.evseIndex]?.pilots);
    // A building that takes more than before makes even young sessions stop.
    if (fits(settings, room, guest.evseIndex, least)) pilotsA[at] = least;
  }
  return room;
}

interface Room {
  readonly baseW: number;
  readonly pilotsA: number[];
  readonly currentsA: Float64Array;
}

type Pilots = PolicySettings['site']['evses'][number]['pilots'];

const leastA = (pilots: Pilots | undefined): number =>
  (pilots === undefined ? undefined : pilotAtLeast(pilots, 0)) ?? 0;

/** The largest pilot that is of use to the vehicle. */
function mostA(pilots: Pilots, guest: Guest, hardwareA: number): number {
  const above = pilotAtLeast(pilots, guest.maxA);
  return above !== undefined && above <= hardwareA ? above : pilotAtMost(pilots, guest.maxA);
}

function fits({ site }: PolicySettings, room: Room, evseIndex: number, currentA: number): boolean {
  const before = room.currentsA[evseIndex] as number;
  room.currentsA[evseIndex] = currentA;
  const { baseW } = room;
  if (overloadA(site, room.currentsA, { allW: baseW, baseW }) === 0) return true;
  room.currentsA[evseIndex] = before;
  return false;
}

function serve(settings: PolicySettings, view: View, queue: readonly number[]): readonly number[] {
  const room = start(settings, view);
  for (const at of queue) {
    const guest = view.guests[at] as Guest;
    const { pilots, currentMaxA } = settings.site.evses[
      guest.evseIndex
    ] as PolicySettings['site']['evses'][number];
    let pilotA = mostA(pilots, guest, currentMaxA);
    const floorA = room.pilotsA[at] as number;
    while (pilotA > floorA && !fits(settings, room, guest.evseIndex, pilotA)) {
      pilotA = below(pilots, pilotA);
    }
    room.pilotsA[at] = Math.max(pilotA, floorA);
  }
  return room.pilotsA;
}

/** Continuous pilots are tried in steps of this size, A. */
const STEP_A = 0.1;

function below(pilots: Pilots, pilotA: number): number {
  const step = pilots.kind === 'set' ? 1e-6 : STEP_A;
  return pilotAtMost(pilots, pilotA - step);
}

function share(settings: PolicySettings, view: View, queue: readonly number[]): readonly number[] {
  const room = start(settings, view);
  let open = queue;
  while (open.length > 0) {
    open = open.filter((at) => {
      const guest = view.guests[at] as Guest;
      const { pilots, currentMaxA } = settings.site.evses[
        guest.evseIndex
      ] as PolicySettings['site']['evses'][number];
      const fromA = room.pilotsA[at] as number;
      const step = pilots.kind === 'set' ? 0 : 1;
      const nextA = fromA === 0 ? leastA(pilots) : pilotAbove(pilots, fromA + step);
      if (nextA === undefined || nextA > mostA(pilots, guest, currentMaxA)) return false;
      if (!fits(settings, room, guest.evseIndex, nextA)) return false;
      room.pilotsA[at] = nextA;
      return true;
    });
  }
  return room.pilotsA;
}
