/** One seed's world before it starts: the site, its stations, the faults and what people do. */
import type { Signal } from '../../src/signals/signal.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { ROTATIONS } from '../../src/sites/rotation.js';
import type { Site } from '../../src/sites/site.js';
import { amps, type CircuitLimit, type StationId } from '../../solver/index.js';
import {
  type Faults,
  type OperatorCall,
  planFaults,
  planOperatorCalls,
} from './scenario-faults.js';
import { fullPowerW, planOrders } from './scenario-orders.js';
import { type Mishaps, withMishaps } from './scenario-mishaps.js';
import { withMoreMishaps } from './scenario-mishaps-more.js';
import { buildSite } from './scenario-site.js';
import { planStations } from './scenario-stations.js';
import { planTakeovers } from './scenario-takeover.js';
import { withoutRotations, withRotations } from './phase-truth.js';
import { dice } from './random.js';
import { biased, type WorkloadName } from './workloads.js';
import type { TreeEdit } from './workload-tree.js';

export const START_MS = 1_750_000_000_000;
export const MINUTE_MS = 60_000;
const FAULTY_MS = 30 * MINUTE_MS;
const CALM_MS = 35 * MINUTE_MS;
/** Every so many seeds the run goes on without faults, to see that everybody is served again. */
const CALM_EVERY = 10;

/** A vehicle at an EVSE. */
export interface Visit {
  readonly arriveMs: number;
  readonly leaveMs: number;
  /** From plug to transaction. */
  readonly authorizeMs: number;
  /** From the end of the transaction to the plug being pulled. */
  readonly lingerMs: number;
  readonly singlePhase: boolean;
  /** From its first current on; then a single-phase vehicle takes all phases. Absent: never. */
  readonly switchesAfterMs?: number;
  readonly currentMaxA: number;
  readonly energyWh: number;
  /** Paused once it draws nothing, for good or until its pilot rises; absent: it charges again. */
  readonly afterPause?: 'sleeps' | 'wakes-on-raise';
}

/**
 * - `ignores`        its vehicle draws what it can
 * - `nine-percent`   its vehicle draws so much more than its limit
 * - `in-turns`       it ignores its limit in every other sample interval
 * - `above-maximum`  it ignores its limit, and its vehicle draws half as much again as the EVSE is for
 * - `watts-as-amps`  it takes a number of watts for one of amperes
 */
export type Lie = 'ignores' | 'nine-percent' | 'in-turns' | 'above-maximum' | 'watts-as-amps';

/** What its samples hold, beside its energy register. */
export type Meters = 'currents' | 'power' | 'energy';

/**
 * - `no-tx`          it refuses every TxProfile
 * - `max-only`       it refuses all but the maximum of the station
 * - `relative-only`  it refuses what is Absolute
 * - `level-ignored`  it accepts what is above level 0, and goes by nothing of it
 * - `tx-ignored`     it accepts every TxProfile, and goes by its default
 * - `keeps-old`      it accepts a TxProfile, and goes by the one of the same transaction that it has
 */
export const FUSSES = [
  'no-tx',
  'max-only',
  'relative-only',
  'level-ignored',
  'keeps-old',
  'tx-ignored',
] as const;
export type Fuss = (typeof FUSSES)[number];

export interface StationSpec {
  readonly id: StationId;
  readonly version: OcppVersion;
  readonly offlineTested: boolean;
  readonly lie?: Lie;
  readonly takesAmps: boolean;
  readonly takesWatts: boolean;
  /** It gives direct current: so much of what it takes from the supply. */
  readonly dc?: { readonly efficiency: number };
  readonly stackLevelMax: number;
  /** It refuses profiles above this level, whatever it declares; absent: it takes what it declares. */
  readonly stackLevelTaken?: number;
  /** Periods that it declares and takes in one schedule; absent: 24. */
  readonly periodsMax?: number;
  /** Of a schedule it follows the first and the last period only, and says so. */
  readonly skipsPeriods?: true;
  /** So many it holds: it refuses any other, one in the place of another as well. Absent: no end of them. */
  readonly profilesMax?: number;
  /** And says so. */
  readonly declaresRoom?: true;
  /** Which form of a profile it takes; absent: any. */
  readonly fuss?: Fuss;
  /** Of its EVSEs only this one is so; absent: all. */
  readonly fussAt?: number;
  readonly composite: 'works' | 'unsupported' | 'empty';
  /** Whatever unit a composite schedule is asked for in; absent: it refuses all but that of its profile. */
  readonly answersIn?: 'A' | 'W';
  /** For so long after the start of a transaction it is too busy to show its schedule, ms. */
  readonly compositeBusyMs?: number;
  /** Which pilot it offers for a limit between two. */
  readonly rounding: 'down' | 'up';
  /** Its clock minus true time. */
  readonly skewMs: number;
  /** Longest time until the vehicle has followed. */
  readonly settleMaxMs: number;
  /** A slow call is handled beside the next ones, so that it may be applied after them. */
  readonly parallel: boolean;
  readonly lateFraction: number;
  /** The longest time of a slow call, where it is not the usual one. */
  readonly lateMaxMs?: number;
  /** Only these are slow; absent: any. */
  readonly lateCalls?: 'tx-profiles' | 'defaults' | 'operator';
  /** It reads what has come this often only; absent: at once. */
  readonly readsEveryMs?: number;
  readonly rejectFraction: number;
  /** How it says no; absent: `rejected`. */
  readonly refusesWith?: 'rejected' | 'error';
  /** What a refusal does to the profile in force. */
  readonly onReject: 'keeps' | 'deletes' | 'applies';
  /** A TxProfile that a transaction left behind holds for the next one as well. */
  readonly keepsTx?: boolean;
  /** Transaction profiles are lost in a reboot. */
  readonly amnesia: boolean;
  /**
   * It loses every profile in a boot, or in one on demand. Then it starts nothing before its boot is
   * accepted, or says at once that it goes down.
   */
  readonly forgets?: 'at-boot' | 'at-reset';
  /** Without a link it charges as if nobody had limited it; never on a model that was tested. */
  readonly unboundOffline: boolean;
  /** A running transaction goes on after a reboot; otherwise it ends and another begins. */
  readonly resumes: boolean;
  readonly startsOffline: boolean;
  /** Left behind by somebody else: a TxDefaultProfile of this level and limit. */
  readonly foreign?: {
    readonly stackLevel: number;
    readonly limitA: number;
    /** Its limit holds in this part of each period alone, and 0 A in the rest; absent: always. */
    readonly recurrence?: Recurrence;
  };
  /** Left behind as well, at whatever place. */
  readonly left?: readonly LeftProfile[];
  /** It lets go of none of them, whatever it answers to a clear. */
  readonly keepsLeft?: true;
  /** It accepts F0, and goes by what it has under the same id, whatever its level. */
  readonly keepsOldDefault?: true;
  /** 2.x: it does not say what it holds. */
  readonly tellsNoProfiles?: true;
  /** While a transaction runs its report leaves out its defaults. */
  readonly hidesDefaults?: true;
  /** It declares nothing before it has booted so many times; absent: from the start. */
  readonly declaresFromBoot?: number;
  /** It goes by the number of phases of a period. */
  readonly switchesPhases?: true;
  /** 2.x: it declares that it can be told which phase to use, and obeys, or uses its first. */
  readonly phaseToUse?: 'used' | 'ignored';
  /** True voltage over one channel. */
  readonly voltageV: number;
  readonly meters: Meters;
  /** Its samples wait in it for so long, every one. */
  readonly samplesLateMs?: number;
  /** Samples wait for their answer, in one line with what is told of transactions; absent: each is sent once. */
  readonly repeatsSamples?: true;
  /** The resolution of its energy register, Wh. */
  readonly registerStepWh: number;
  readonly visits: readonly (readonly Visit[])[];
}

/** A profile of one period that another system has set. */
export interface LeftProfile {
  readonly id: number;
  readonly purpose: 'tx-default' | 'station-max';
  readonly evseNumber: number;
  readonly stackLevel: number;
  readonly limitA: number;
}

/** A part of every day or week, s from its beginning. */
export interface Recurrence {
  readonly kind: 'daily' | 'weekly';
  readonly fromSec: number;
  readonly toSec: number;
}

export interface Order {
  readonly atMs: number;
  readonly signal: Omit<Signal, 'receivedAtMs'>;
}

export interface Edit {
  readonly atMs: number;
  readonly importLimitW: number | undefined;
  /** Another F0, A; absent: as before. */
  readonly fallbackIdleA?: number;
}

export interface BuildingStep {
  readonly atMs: number;
  /** Of the declared worst load. */
  readonly fraction: number;
}

export interface Scenario {
  readonly seed: number;
  readonly workload?: WorkloadName;
  /** As it is. */
  readonly site: Site;
  /** As the engine knows it. */
  readonly siteBelieved: Site;
  readonly stations: readonly StationSpec[];
  readonly faults: Faults;
  /** No fault begins after this instant. */
  readonly faultsEndMs: number;
  readonly endMs: number;
  readonly operatorCalls: readonly OperatorCall[];
  /** Tests have shown of the stations of this model that they do not come back from 0 A. */
  readonly resumesFailed?: 'tested' | 'untested';
  readonly orders: readonly Order[];
  readonly edits: readonly Edit[];
  /** Of circuits and of what is connected to them; absent: none. */
  readonly treeEdits?: readonly TreeEdit[];
  /** What everybody together could draw through the grid connection's rating. */
  readonly fullPowerW: number;
  /** Empty: the building has no meter. */
  readonly building: readonly BuildingStep[];
  readonly mishaps?: Mishaps;
}

/** Deliberate damage, to see that the checks bite. */
export interface ScenarioOptions {
  readonly settings?: Partial<Site['settings']>;
  /** The first station lies, and the checks are told that it is honest. */
  readonly lie?: Lie;
  /** The engine takes every rating for this many times what it is. */
  readonly ratingsBelieved?: number;
  readonly calm?: boolean;
  /** Share of seeds in which engines lose the site to another one. */
  readonly takeovers?: number;
  /** A bias of the world. */
  readonly workload?: WorkloadName;
}

export function planScenario(seed: number, options: ScenarioOptions = {}): Scenario {
  const calm = options.calm ?? seed % CALM_EVERY === 0;
  const faultsEndMs = START_MS + FAULTY_MS;
  const endMs = calm ? faultsEndMs + CALM_MS : faultsEndMs;
  const built = buildSite(seed, dice(seed, 'site'));
  const settings = { ...built.settings, ...options.settings };
  const turned = dice(seed, 'rotation');
  const site = withRotations({ ...built, settings }, () => turned.pick(ROTATIONS));
  const known = turned.chance(0.6) ? site : withoutRotations(site);
  const stations = planStations(site, { seed, faultsEndMs, endMs });
  const faults = planFaults(dice(seed, 'faults'), stations, faultsEndMs);
  const takeovers = planTakeovers(dice(seed, 'takeover'), faultsEndMs, options.takeovers ?? 0.2);
  const scenario: Scenario = {
    seed,
    site,
    siteBelieved: believed(known, options.ratingsBelieved ?? 1),
    stations,
    faults: { ...faults, engine: [...faults.engine, ...takeovers] },
    faultsEndMs,
    endMs,
    operatorCalls: planOperatorCalls(dice(seed, 'operator'), stations, faultsEndMs),
    fullPowerW: fullPowerW(site),
    ...planOrders(site, dice(seed, 'orders'), faultsEndMs),
  };
  const { workload } = options;
  if (workload === undefined) return withMoreMishaps(withMishaps(scenario));
  return { ...biased(scenario, workload, dice(seed, 'workload')), workload };
}

function believed(site: Site, times: number): Site {
  if (times === 1) return site;
  const more = (limitA: number) => amps(limitA * times);
  const circuits = site.circuits.map((circuit) => ({
    ...circuit,
    limits: circuit.limits.map((limit): CircuitLimit => {
      if (limit.kind === 'pair-sum') return { ...limit, limitA: more(limit.limitA) };
      if (limit.kind !== 'wye' && limit.kind !== 'line') return limit;
      const [a, b, c] = limit.limitA;
      return { ...limit, limitA: [more(a), more(b), more(c)] };
    }),
  }));
  return { ...site, circuits };
}
