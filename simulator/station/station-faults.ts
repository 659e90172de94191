/**
 * What is wrong with one station, made to happen in real time: what breaks in the field does not
 * wait for a clock. But links that break beside lost frames do so by the time of the site, as leases
 * run by it: at any speed the run is of the same weather. Seeded per station and cause, so that one
 * cause does not change another.
 */
import { type FaultCounts, type FaultKind, type FaultPlan, faultsOf } from '../faults.js';
import { type Random, randomFor } from '../random.js';
import type { FrameLoss } from './lossy-client.js';
import type { Profile } from './profile.js';
import type { StoreRules } from './profile-store.js';

/** What a fault can do to a station. */
export interface Breakable {
  /** The link ends without a closing handshake, and comes back after a pause (infinite: never). */
  breakLink(pauseMs: number): void;
  /** Power off and on: transactions end, or go on without their limits. */
  reboot(transactions: 'end' | 'go-on', pauseMs: number): void;
  /** A transaction limit is installed. */
  isLimited(): boolean;
}

export interface StationFaults {
  readonly kinds: ReadonlySet<FaultKind>;
  /** For the station's link; nothing is lost or late before `begin`. */
  readonly transport: { readonly isLost?: FrameLoss; readonly lateMs?: () => number };
  /** For its profile store. */
  readonly store: Pick<StoreRules, 'installed' | 'deletesWithRefusal'>;
  /** For its vehicles: this much of their limit is offered to them. */
  readonly vehicles: { readonly offeredFraction?: number };
  /** This message is sent once more. */
  repeats(action: string): boolean;
  begin(station: Breakable): void;
  end(): void;
}

/** Between two events of one kind on average, ms. */
const MEAN_MS = { drop: 20_000, reboot: 60_000, amnesia: 60_000 } as const;
const LINK_PAUSE_MS = [500, 8000] as const;
/** Of breaks beside lost frames, in site time: between two of one link on average, and how long one lasts. */
const RANDOM_BREAK_MEAN_SITE_MS = 2_400_000;
const RANDOM_BREAK_SITE_MS = [10_000, 160_000] as const;
const REBOOT_PAUSE_MS = [3000, 10_000] as const;
/** From the first transaction limit to the loss of the link for good. */
const OFFLINE_AFTER_MS = [2000, 10_000] as const;
const OFFLINE_LOOK_MS = 500;
const LATE_MAX_MS = 20_000;
/** Of transaction limits refused, and of transaction messages sent twice. */
const SOME = 1 / 3;
const OF_TRANSACTIONS = new Set(['StartTransaction', 'StopTransaction', 'TransactionEvent']);
const LIAR_FRACTION = 1.09;
/** Ids of another management system. */
const FOREIGN_ID = 9000;

export function createStationFaults(options: {
  readonly plan: FaultPlan;
  readonly stationId: string;
  readonly seed: number;
  readonly counts: FaultCounts;
  readonly place: ProfilePlace;
  /** Site seconds per real second. */
  readonly speed: number;
}): StationFaults {
  const { plan, stationId, counts } = options;
  const { lossFraction } = plan;
  const kinds = faultsOf(plan, stationId);
  const random = (name: string): Random => randomFor(options.seed, `${stationId}/${name}`);
  const timers = createTimers();
  let hasBegun = false;

  const losses = { in: random('loss-in'), out: random('loss-out') };
  const isLost: FrameLoss = (direction) => {
    if (!hasBegun || losses[direction]() >= lossFraction) return false;
    counts[direction === 'in' ? 'framesLostIn' : 'framesLostOut'] += 1;
    return true;
  };
  const lateness = random('late');
  const lateMs = (): number => (hasBegun ? lateness() * LATE_MAX_MS : 0);
  const sometimes = (kind: FaultKind): (() => boolean) => {
    const draw = random(kind);
    return () => kinds.has(kind) && hasBegun && draw() < SOME;
  };

  const repeats = sometimes('repeats');

  return {
    kinds,
    transport: {
      ...(lossFraction > 0 ? { isLost } : {}),
      ...(kinds.has('late') ? { lateMs } : {}),
    },
    store: {
      ...(kinds.has('foreign') ? { installed: foreignDefaults(options.place) } : {}),
      deletesWithRefusal: sometimes('rejects'),
    },
    vehicles: kinds.has('liar') ? { offeredFraction: LIAR_FRACTION } : {},
    repeats: (action) => OF_TRANSACTIONS.has(action) && repeats(),
    begin(station) {
      if (hasBegun) return;
      hasBegun = true;
      const breakTimes = lossFraction > 0 ? 1 / options.speed : undefined;
      schedule(station, { kinds, breakTimes, random, timers });
    },
    end: () => timers.clear(),
  };
}

/** What decides where a default stands, and in which unit. */
export type ProfilePlace = Pick<StoreRules, 'version' | 'evseNumbers' | 'units' | 'stackLevelMax'>;

/** One for the whole station in 2.x; 1.6 has them per connector as well. */
function foreignDefaults(place: ProfilePlace): readonly Profile[] {
  const numbers = place.version === 'ocpp1.6' ? place.evseNumbers : [0];
  const unit = place.units[0] ?? 'A';
  return numbers.map((evseNumber) => ({
    id: FOREIGN_ID + evseNumber,
    evseNumber,
    purpose: 'tx-default',
    stackLevel: place.stackLevelMax,
    kind: 'absolute',
    startAtMs: 0,
    unit,
    periods: [{ startSec: 0, limit: unit === 'A' ? 80 : 55_000 }],
    receivedAtMs: 0,
  }));
}

function schedule(
  station: Breakable,
  {
    kinds,
    breakTimes,
    random,
    timers,
  }: {
    readonly kinds: ReadonlySet<FaultKind>;
    /** Real ms of a site ms for breaks at random; undefined: there are none. */
    readonly breakTimes: number | undefined;
    readonly random: (name: string) => Random;
    readonly timers: Timers;
  },
): void {
  const repeatedly = (name: string, run: (draw: Random) => void, meanMs: number): void => {
    const draw = random(name);
    const next = (): void =>
      timers.later(-Math.log(1 - draw()) * meanMs, () => {
        run(draw);
        next();
      });
    next();
  };
  const breakLink = (draw: Random): void => station.breakLink(between(draw, LINK_PAUSE_MS));
  const reboot = (transactions: 'end' | 'go-on') => (draw: Random) =>
    station.reboot(transactions, between(draw, REBOOT_PAUSE_MS));
  const vanishOnceLimited = (draw: Random): void => {
    if (!station.isLimited()) {
      timers.later(OFFLINE_LOOK_MS, () => vanishOnceLimited(draw));
      return;
    }
    const forEverMs = Number.POSITIVE_INFINITY;
    timers.later(between(draw, OFFLINE_AFTER_MS), () => station.breakLink(forEverMs));
  };
  if (breakTimes !== undefined) {
    const breakAtRandom = (draw: Random): void =>
      station.breakLink(between(draw, RANDOM_BREAK_SITE_MS) * breakTimes);
    repeatedly('randomDrop', breakAtRandom, RANDOM_BREAK_MEAN_SITE_MS * breakTimes);
  }
  if (kinds.has('drop')) repeatedly('drop', breakLink, MEAN_MS.drop);
  if (kinds.has('reboot')) repeatedly('reboot', reboot('end'), MEAN_MS.reboot);
  if (kinds.has('amnesia')) repeatedly('amnesia', reboot('go-on'), MEAN_MS.amnesia);
  if (kinds.has('offline')) vanishOnceLimited(random('offline'));
}

type Timers = ReturnType<typeof createTimers>;

function createTimers() {
  const timers = new Set<NodeJS.Timeout>();
  return {
    later(realMs: number, run: () => void): void {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, realMs);
      timers.add(timer);
    },
    clear(): void {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

const between = (draw: Random, [low, high]: readonly [number, number]): number =>
  low + (high - low) * draw();
