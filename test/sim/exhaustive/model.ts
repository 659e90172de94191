/**
 * What is explored: a site of two stations, its settings, and how many faults of each kind a path may
 * have. Two nodes: the grid carries one vehicle at its maximum or two at half of it, and the second
 * station has a panel of its own, so that every swap has to pass R5 at more than one node.
 */
import type { SiteState } from '../../../src/control/state.js';
import type { Site, SiteEvse } from '../../../src/sites/site.js';
import {
  amps,
  type CircuitId,
  circuitId,
  evseId,
  seconds,
  siteId,
  stationId,
  volts,
} from '../../../solver/index.js';
import type { StationSpec } from '../scenario.js';

/** How often each may still happen on a path. */
export interface Budget {
  /** A request or an answer is lost. */
  readonly losses: number;
  /** A request or an answer waits, at the station or on its way, while others pass it. */
  readonly delays: number;
  readonly reboots: number;
  /** Our process dies: between step and commit, commit and dispatch, or at rest. */
  readonly crashes: number;
  /** A link dies with both sides alive. */
  readonly breaks: number;
}

export interface Model {
  readonly name: string;
  /** As it is. */
  readonly site: Site;
  /** As the engine knows it, where that differs. */
  readonly siteBelieved?: Site;
  readonly stations: readonly StationSpec[];
  readonly budget: Budget;
  /** So many parts of the workload happen. */
  readonly workloadMax: number;
  /** Limit-changing calls of one station, renewals among them; a path ends behind the last. */
  readonly callsMax: number;
  /** The same over all stations. */
  readonly callsTotalMax: number;
  readonly callTimeoutMs: number;
  /** Deliberate damage after each step, to see that the checks bite. */
  readonly damage?: (state: SiteState) => SiteState;
}

export interface ModelOptions {
  readonly name?: string;
  readonly budget?: Partial<Budget>;
  readonly workloadMax?: number;
  readonly callsMax?: number;
  readonly callsTotalMax?: number;
  readonly settings?: Partial<Site['settings']>;
  readonly damage?: Model['damage'];
}

/** An honest vehicle follows within the settle time, to the millisecond. */
const SETTLE_MAX_MS = 10_000;
const SKEW_MS = 10_000;
const GRID_A = 40;
const BASE_A = 8;
const PANEL_A = 20;
const EVSE_A = 32;

export function buildModel(options: ModelOptions = {}): Model {
  const site = buildSite(options.settings ?? {});
  return {
    name: options.name ?? 'model',
    site,
    // One clock is as early, the other as late as the budget of R6 allows.
    stations: site.stations.map(({ id }, index) => specOf(id, index === 0 ? SKEW_MS : -SKEW_MS)),
    budget: { losses: 0, delays: 0, reboots: 0, crashes: 0, breaks: 0, ...options.budget },
    workloadMax: options.workloadMax ?? 3,
    callsMax: options.callsMax ?? 3,
    callsTotalMax: options.callsTotalMax ?? 6,
    callTimeoutMs: 20_000,
    ...(options.damage === undefined ? {} : { damage: options.damage }),
  };
}

function buildSite(settings: Partial<Site['settings']>): Site {
  const grid = circuitId('grid');
  const panel = circuitId('panel');
  const [a, b] = [stationId('A'), stationId('B')];
  return {
    id: siteId('small'),
    tenantId: 'sim',
    name: 'Two stations',
    timeZone: 'UTC',
    supply: 'wye',
    voltageLineToNeutralV: volts(230),
    voltageLineToLineV: volts(400),
    circuits: [circuit(grid, GRID_A, BASE_A), { ...circuit(panel, PANEL_A, 0), parentId: grid }],
    stations: [a, b].map((id) => ({ id, offlineTested: true })),
    evses: [evse(a, grid), evse(b, panel)],
    settings: { ...SETTINGS, ...settings },
    version: 1,
  };
}

function circuit(id: CircuitId, limitA: number, baseA: number): Site['circuits'][number] {
  const [limit, base] = [amps(limitA), amps(baseA)];
  const source = { kind: 'rating' } as const;
  return {
    id,
    name: id,
    limits: [{ kind: 'wye', limitA: [limit, limit, limit], source }],
    baseLoadMaxA: [base, base, base],
  };
}

function evse(station: Site['stations'][number]['id'], home: CircuitId): SiteEvse {
  return {
    id: evseId(`${station}:1`),
    stationId: station,
    evseNumber: 1,
    circuitId: home,
    channels: [true, true, true],
    currentMaxA: amps(EVSE_A),
    pilots: { kind: 'continuous', minA: amps(6), stepA: amps(1) },
  };
}

const SETTINGS: Site['settings'] = {
  allocator: {
    laxityAssumedSec: seconds(14_400),
    laxityStepSec: seconds(300),
    onMinSec: seconds(0),
    offMinSec: seconds(0),
    offMaxSec: seconds(1e9),
  },
  fallbackIdleA: amps(0),
  fallbackSessionA: amps(6),
  leaseSec: 120,
  leaseMeteredSec: 90,
  settleSec: 10,
  skewSec: SKEW_MS / 1000,
  raiseHoldSec: 0,
  changesPerHourMax: 1000,
  sampleIntervalSec: 60,
  acceptAnyToken: true,
};

function specOf(id: StationSpec['id'], skewMs: number): StationSpec {
  return {
    id,
    version: 'ocpp2.0.1',
    offlineTested: true,
    takesAmps: true,
    takesWatts: false,
    stackLevelMax: 1,
    composite: 'works',
    rounding: 'down',
    skewMs,
    settleMaxMs: SETTLE_MAX_MS,
    parallel: true,
    lateFraction: 0,
    rejectFraction: 0,
    onReject: 'keeps',
    amnesia: false,
    unboundOffline: false,
    resumes: true,
    startsOffline: true,
    voltageV: 230,
    meters: 'currents',
    registerStepWh: 1,
    visits: [],
  };
}

/** A station in words. */
export function nameOf(model: Model, index: number): string {
  return model.stations[index]?.id ?? String(index);
}
