/**
 * The problem that the engine solves for one site at one instant, and its answer.
 * Readonly data only: any SiteProblem can be written and read as JSON.
 */
import type {
  Amps,
  CircuitId,
  EvseId,
  Seconds,
  SessionId,
  SignalId,
  Volts,
  WattHours,
  Watts,
} from './units.js';

/**
 * How the site is wired. One site has one supply system.
 * - `wye`: EVSEs load phases against neutral; channels are L1, L2, L3.
 * - `delta`: EVSEs load line pairs; channels are AB, BC, CA. Line currents add as phasors.
 */
export type Supply = 'wye' | 'delta';

/** One value per channel: [L1, L2, L3] on wye, [AB, BC, CA] on delta. */
export type PerChannel<T> = readonly [T, T, T];

/** Where a limit comes from; carried through to `boundBy`. */
export type LimitSource =
  | { readonly kind: 'rating' }
  | { readonly kind: 'owner' }
  /** What a plan imports at most so that no new peak is paid for: of goals alone, never of the ledger. */
  | { readonly kind: 'demand-charge' }
  /** What a plan imports now because energy costs less later: of goals alone as well. */
  | { readonly kind: 'price' }
  | { readonly kind: 'signal'; readonly signalId: SignalId };

/**
 * One upper bound of a circuit. With s the sums of EVSE current per channel below the circuit and
 * b the uncontrolled current that the same conductor carries:
 * - `wye`          s[p] + b[p] <= limitA[p] for each phase p
 * - `pair-sum`     s[pair] + b[pair] <= limitA (delta: a panel on one line pair)
 * - `line`         |I_l| + b[l] <= limitA[l] for the lines a, b, c of a delta secondary:
 *                  |Ia|^2 = x^2+z^2+xz, |Ib|^2 = x^2+y^2+xy, |Ic|^2 = y^2+z^2+yz with [x,y,z] = s
 * - `delta-primary` |I_L| + b[l] <= limitA[l] for the lines A, B, C ahead of a delta-wye transformer:
 *                  |IA|^2 = (x^2+y^2+4z^2-xy+2xz+2yz)/turnsRatio^2; B and C follow from the
 *                  network's phasors: B = (4x^2+y^2+z^2+2xy+2xz-yz)/turnsRatio^2,
 *                  C = (x^2+4y^2+z^2+2xy-xz+2yz)/turnsRatio^2
 * - `power`        V * (s[0]+s[1]+s[2]) + base <= limitW, V line to neutral (wye) or line to line (delta)
 * On `line` and `delta-primary` the currents count at the worst corner of [0, s].
 */
export type CircuitLimit = (
  | { readonly kind: 'wye'; readonly limitA: PerChannel<Amps> }
  | { readonly kind: 'pair-sum'; readonly pair: 0 | 1 | 2; readonly limitA: Amps }
  | { readonly kind: 'line'; readonly limitA: PerChannel<Amps> }
  | {
      readonly kind: 'delta-primary';
      readonly limitA: PerChannel<Amps>;
      readonly turnsRatio: number;
    }
  | { readonly kind: 'power'; readonly limitW: Watts; readonly voltageV: Volts }
) & { readonly source: LimitSource };

/** A conductor set; circuits form a tree. Empty `limits` is a virtual root without a rating. */
export interface Circuit {
  readonly id: CircuitId;
  /** Absent on the grid connection point. */
  readonly parentId?: CircuitId | undefined;
  readonly limits: readonly CircuitLimit[];
  /**
   * Uncontrolled load that the limits of *this* circuit must also carry (this circuit and all below
   * it), A per conductor of the limit: phase on wye, line on `line`/`delta-primary`, pair on
   * `pair-sum`. On `power` it counts sum(baseLoadA) * voltageV, on lines sqrt 3 times less: see `powerBaseA`.
   * Never negative.
   */
  readonly baseLoadA: PerChannel<Amps>;
  /**
   * Kept free for what is ours and not told (vehicles that may draw more, standby of chargers), A per channel:
   * it counts as if EVSEs below drew it, on this circuit alone. Never negative; none if absent.
   */
  readonly keptA?: PerChannel<Amps>;
}

/**
 * What an EVSE can be told. 0 is always allowed; nothing between 0 and the smallest value is.
 * `continuous` means the multiples of stepA that are at least minA.
 */
export type PilotSet =
  | { readonly kind: 'continuous'; readonly minA: Amps; readonly stepA: Amps }
  /** Ascending, without 0. */
  | { readonly kind: 'set'; readonly valuesA: readonly Amps[] };

/** What the driver or the back office said the vehicle needs. */
export interface Need {
  /** Still to be delivered. */
  readonly energyWh: WattHours;
  readonly departureAtMs: number;
}

/** A session's claim on current. Invariant: 0 < currentMinA <= currentMaxA. */
export interface Claim {
  readonly sessionId: SessionId;
  /** Least current at which this vehicle charges at all; 6 A for AC (IEC 61851-1, mode 3). */
  readonly currentMinA: Amps;
  /** The most that the vehicle takes, as far as known. */
  readonly currentMaxA: Amps;
  /**
   * Channels of its EVSE that the vehicle was seen to use: it counts on all of them, and its energy
   * comes over these. Absent: over all.
   */
  readonly usedChannels?: PerChannel<boolean> | undefined;
  readonly need?: Need | undefined;
  readonly pluggedInAtMs: number;
  /** The limit in force now; 0 when paused. */
  readonly lastLimitA: Amps;
  /** Since when the session is on (lastLimitA > 0) or off. */
  readonly sinceMs: number;
  /** The planner's target; the allocator fills up to it first. */
  readonly targetA?: Amps | undefined;
  /** True when the plan forbids more than the target even where capacity is left (price, peak). */
  readonly targetIsMax?: boolean | undefined;
  /**
   * What rounding to pilots has kept from it beside its continuous share so far, A s; negative: it was given
   * more. Of claims that differ in nothing else the larger credit comes first where steps are handed out.
   */
  readonly creditAs?: number | undefined;
  readonly priority: number;
  /** True when the vehicle has stopped asking for energy: it keeps its minimum only. */
  readonly satisfied: boolean;
  /**
   * False: paused, it does not charge again by itself. It gets its first turn like everybody, and once it
   * is on it keeps its minimum for as long as limits allow; after a pause it gets what turns leave.
   */
  readonly resumes?: boolean | undefined;
}

export interface Evse {
  readonly id: EvseId;
  readonly circuitId: CircuitId;
  /** The channels that its current loads, after phase rotation. Unknown rotation: all three. */
  readonly channels: PerChannel<boolean>;
  /** The hardware maximum, A per channel. */
  readonly currentMaxA: Amps;
  readonly pilots: PilotSet;
  /** Present when the allocator may give it current. */
  readonly claim?: Claim | undefined;
  /** Current that the ledger reserves here whatever the allocator decides, A per loaded channel. */
  readonly reservedA: Amps;
}

/** A piecewise-constant series on a regular grid; value i holds on [start + i*step, start + (i+1)*step). */
export interface Series {
  readonly startAtMs: number;
  readonly stepSec: Seconds;
  readonly values: readonly number[];
}

export interface Storage {
  readonly id: string;
  readonly circuitId: CircuitId;
  readonly capacityWh: WattHours;
  readonly energyWh: WattHours;
  readonly reserveWh: WattHours;
  readonly chargeMaxW: Watts;
  readonly dischargeMaxW: Watts;
  /** One-way efficiency, 0..1. */
  readonly efficiencyFraction: number;
  readonly wearMicrosPerKwh: number;
}

export interface SeriesAt {
  readonly circuitId: CircuitId;
  /** W, import positive (a load is positive, generation negative). */
  readonly powerW: Series;
}

export interface Prices {
  /** Micro-units of the site's currency per kWh. */
  readonly importMicrosPerKwh: Series;
  readonly exportMicrosPerKwh: Series;
}

/** How the real-time allocator weighs claims. Every value is written by the caller. */
export interface AllocatorSettings {
  /** Laxity that an unknown claim counts as having, s. */
  readonly laxityAssumedSec: Seconds;
  /** Smoothing step of least laxity, s (arXiv 2102.08610): the smaller, the stricter the order. */
  readonly laxityStepSec: Seconds;
  /** A session that is on stays on at least this long, and the same for off, s. */
  readonly onMinSec: Seconds;
  readonly offMinSec: Seconds;
  /**
   * Nobody waits for its turn longer than this, s, but for the minimum on-times of those before it: see
   * `callNext`.
   */
  readonly offMaxSec: Seconds;
}

export interface SiteProblem {
  readonly nowMs: number;
  readonly supply: Supply;
  /** Both are stored: 208 is not 120 * sqrt 3. */
  readonly voltageLineToNeutralV: Volts;
  readonly voltageLineToLineV: Volts;
  /** Parents before children; the first is the root. */
  readonly circuits: readonly Circuit[];
  readonly evses: readonly Evse[];
  readonly storage: readonly Storage[];
  readonly pv: readonly SeriesAt[];
  readonly load: readonly SeriesAt[];
  readonly prices?: Prices;
  readonly allocator: AllocatorSettings;
}

/** Conductors as people name them. */
export type Conductor =
  | 'L1'
  | 'L2'
  | 'L3'
  | 'AB'
  | 'BC'
  | 'CA'
  | 'line a'
  | 'line b'
  | 'line c'
  | 'primary A'
  | 'primary B'
  | 'primary C'
  | 'total power';

/** Named causes of the state `not-guaranteed` (the only ones). */
export type NotGuaranteedCause =
  | 'fallback-not-read-back'
  | 'owner-policy'
  | 'rating-exceeded-by-load';

/**
 * Why a limit is not higher: one union for allocator, ledger, API, log and page.
 * Exactly one per EVSE and decision.
 */
export type BoundBy =
  | { readonly kind: 'no-session' }
  | { readonly kind: 'vehicle'; readonly currentMaxA: Amps }
  | { readonly kind: 'satisfied' }
  /** Current is on offer again since, and it has drawn none since it was paused. */
  | { readonly kind: 'not-resumed'; readonly sinceMs: number }
  | { readonly kind: 'evse'; readonly currentMaxA: Amps }
  | {
      readonly kind: 'circuit';
      readonly circuitId: CircuitId;
      readonly conductor: Conductor;
      readonly source: LimitSource;
      /** EVSEs that share what binds. */
      readonly shareCount: number;
    }
  | {
      /** Its minimum does not fit now; it waits for its turn. */
      readonly kind: 'admission';
      readonly circuitId: CircuitId;
      readonly conductor: Conductor;
      readonly source: LimitSource;
      /** Among those that wait there, from 1: the order of turns while nobody comes or leaves. */
      readonly queuePlace: number;
      /** It can wait: time that may pass without charging before its departure is at risk, s. */
      readonly spareSec?: Seconds;
      /** Paused, it does not charge again by itself: it waits for a place that it can keep. */
      readonly resumes?: false;
    }
  | { readonly kind: 'target'; readonly targetA: Amps }
  /** Somebody else limits the station, which told us: an energy manager, the grid operator. */
  | { readonly kind: 'external-limit'; readonly source: string; readonly limitA: Amps }
  /** The ledger waits for other stations' cuts to be acknowledged and settled, or reserves current for them. */
  | { readonly kind: 'ledger'; readonly circuitId: CircuitId; readonly waitsFor: readonly EvseId[] }
  /** Raised only after stable headroom, or within the write budget. */
  | { readonly kind: 'hold'; readonly untilMs: number }
  /** No link: what the station may still draw is reserved. */
  | { readonly kind: 'offline'; readonly reservedA: Amps }
  | { readonly kind: 'not-guaranteed'; readonly cause: NotGuaranteedCause }
  /** A call without an answer may give it that much for minutes yet: others cannot have it, so it may. */
  | { readonly kind: 'irrevocable'; readonly reservedA: Amps }
  /** Its fallback gives it that much at any time: others cannot have it, so it may. */
  | { readonly kind: 'fallback'; readonly reservedA: Amps }
  /** The station has not yet confirmed what it was told. */
  | { readonly kind: 'unconfirmed'; readonly wantedA: Amps };

export interface EvseLimit {
  readonly evseId: EvseId;
  /** 0 pauses the session. */
  readonly limitA: Amps;
  readonly boundBy: BoundBy;
  /** Before rounding; where the claim keeps a credit. */
  readonly shareA?: Amps;
}

/** The allocator's answer: one limit per EVSE of the problem, in the problem's order. */
export interface Allocation {
  readonly limits: readonly EvseLimit[];
}

/** A broken rule of a problem, an allocation or a profile, named after the rule. */
export interface Violation {
  readonly rule: string;
  /** JSON pointer or field name of what is wrong. */
  readonly field: string;
  readonly message: string;
}
