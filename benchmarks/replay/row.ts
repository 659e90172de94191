/** One policy on one site: a row of the table. Plain data in and out, so that it runs anywhere. */
import { openBackends, type SolverName } from '../../solver/backends/chain.js';
import { loadHighs } from '../../solver/backends/highs.js';
import { localMs, readSessions } from '../../simulator/sessions/read-sessions.js';
import type { PlannedSession } from '../../simulator/ipc.js';
import { memoryPeakMb } from '../machine.js';
import { boundsOf, type Bounds } from './bounds.js';
import type { PlannerSettings } from './plan.js';
import { equalPolicy, laxityPolicy, plannerPolicy } from './policies/allocated.js';
import { RANKS, roundRobinPolicy, sortedPolicy } from './policies/sorted.js';
import { uncontrolledPolicy } from './policies/uncontrolled.js';
import type { ClaimKind, Policy, PolicySettings } from './policy.js';
import { readPower } from './power-file.js';
import { type PowerSeries, seriesOf } from './power-series.js';
import { busbarPolicy } from './shipped/busbar.js';
import { loadSite, type PilotKind, type ReplaySite } from './site.js';
import type { BatterySpec, Surroundings } from './surroundings.js';
import { billOf, loadTariff, type Tariff } from './tariff.js';
import { type Visit, type Visits, visitsOf } from './visits.js';
import { play, type PlayResult } from './world.js';

/** What each policy looks at; `claim` is the driver's or the true departure and energy. */
export const POLICIES = {
  uncontrolled: 'nothing',
  equal: 'who is plugged in',
  fcfs: 'arrivals',
  'round-robin': 'who is plugged in',
  edf: 'claimed departures',
  llf: 'claims',
  sllf: 'claims',
  planner: 'claims, prices',
  busbar: 'claims, prices',
} as const;

export type PolicyName = keyof typeof POLICIES;

/** The size of the connection: one of the two, or neither for the file's own. */
export interface Capacity {
  readonly capacityKva?: number;
  readonly transformerScale?: number;
}

export interface ReplayInput {
  readonly site: string;
  readonly sessions: string;
  readonly timeZone: string;
  readonly from: string;
  readonly to: string;
  readonly pilots: PilotKind;
  readonly hasNetworkLimit: boolean;
  readonly claims: ClaimKind;
  readonly isFair: boolean;
  /** Whose plans `planner` and `busbar` go by. */
  readonly solver: SolverName;
  readonly minOnOffMinutes: number;
  readonly demandIntervalMinutes: number;
  readonly gridMinutes: number;
  readonly tariff?: string;
  /** Files of what shares the grid connection. */
  readonly load?: string;
  readonly pv?: string;
  readonly battery?: BatterySpec;
}

export interface Row extends Capacity {
  readonly policy: PolicyName;
  readonly knows: string;
  readonly pilots: PilotKind;
  readonly energyPercent: number;
  readonly sessionsServedPercent: number;
  /** Mean share of its energy that the worst-served tenth of the sessions gets. */
  readonly worstDecilePercent: number;
  /** Of the site's import, as is the bill. */
  readonly peakKw: number;
  readonly importKwh: number;
  /** Of what PV generates, what is not exported; null without PV. */
  readonly pvSelfConsumedPercent: number | null;
  readonly bill: number | null;
  readonly startsPerSession: number;
  readonly overloadAmpSeconds: number;
  readonly cpuMsPerStep: { readonly p50: number; readonly p99: number };
  /** The most that the process of the row held at once. */
  readonly memoryPeakMb: number;
}

export interface Scene {
  readonly site: ReplaySite;
  readonly visits: Visits;
  readonly tariff: Tariff | undefined;
  readonly around: Surroundings | undefined;
}

/** A session counts as served when less than this is missing, Wh. */
const SERVED_WITHIN_WH = 100;
const BOUND_SLOT_SEC = 300;

/** Throws a RangeError that names the flag and what is wrong with it. */
export function openScene(input: ReplayInput, capacity: Capacity): Scene {
  const { hasNetworkLimit, pilots, timeZone, from, to } = input;
  const fromMs = named('--from', () => localMs(from, timeZone));
  const toMs = named('--to', () => localMs(to, timeZone));
  if (toMs <= fromMs) throw new RangeError(`--from ${from} is not before --to ${to}`);
  const site = named('--site', () =>
    loadSite(input.site, { ...capacity, hasNetworkLimit, pilots }),
  );
  const sessions: readonly PlannedSession[] = named('--sessions', () =>
    readSessions(input.sessions, { timeZone, from, to }),
  );
  const visits = visitsOf(sessions, site);
  if (visits.visits.length === 0) {
    throw new RangeError(
      `--sessions: ${input.sessions} has no session at a station of the site from ${from} to ${to}`,
    );
  }
  if (input.claims === 'user' && visits.visits.every((it) => it.claim === undefined)) {
    throw new RangeError(`${input.sessions} does not say what drivers claimed: --claims true`);
  }
  const lastMs = visits.visits.reduce((most, it) => Math.max(most, it.departureAtMs), toMs);
  const { tariff: path } = input;
  const tariff =
    path === undefined
      ? undefined
      : named('--tariff', () => loadTariff(path, timeZone, { fromMs, toMs: lastMs }));
  return { site, visits, tariff, around: openSurroundings(input, visits.visits) };
}

/** What a file is not, said with the flag that names it. */
function named<T>(flag: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const isOfFile =
      error instanceof RangeError || error instanceof SyntaxError || 'code' in (error as Error);
    if (!isOfFile) throw error;
    throw new RangeError(`${flag}: ${(error as Error).message}`);
  }
}

/** Undefined where vehicles are alone. */
function openSurroundings(input: ReplayInput, visits: readonly Visit[]): Surroundings | undefined {
  const { load, pv, battery, timeZone, demandIntervalMinutes } = input;
  if (load === undefined && pv === undefined && battery === undefined) return undefined;
  const startAtMs = localMs(input.from, timeZone);
  const lastMs = visits.reduce(
    (most, it) => Math.max(most, it.departureAtMs),
    localMs(input.to, timeZone),
  );
  const stepMs = 60_000 * demandIntervalMinutes;
  const endAtMs = startAtMs + Math.ceil((lastMs - startAtMs) / stepMs) * stepMs;
  const series = (path: string, kind: 'load' | 'pv'): PowerSeries =>
    named(`--${kind}`, () =>
      seriesOf(readPower(path, kind, timeZone), {
        timeZone,
        fromMs: startAtMs,
        toMs: endAtMs,
        byWeekday: kind === 'load',
      }),
    );
  return {
    startAtMs,
    endAtMs,
    timeZone,
    ...(load === undefined ? {} : { load: series(load, 'load') }),
    ...(pv === undefined ? {} : { pv: series(pv, 'pv') }),
    ...(battery === undefined ? {} : { battery }),
  };
}

export async function playRow(
  input: ReplayInput,
  capacity: Capacity,
  policy: PolicyName,
): Promise<Row> {
  const scene = openScene(input, capacity);
  const result = await play(await openPolicy(policy, input, scene), {
    site: scene.site,
    visits: scene.visits.visits,
    claims: input.claims,
    gridSec: 60 * input.gridMinutes,
    demandIntervalSec: 60 * input.demandIntervalMinutes,
    around: scene.around,
  });
  return rowOf(input, capacity, policy, scene, result);
}

export async function findBounds(
  input: ReplayInput,
  capacity: Capacity,
): Promise<Bounds & Capacity> {
  const { site, visits, tariff, around } = openScene(input, capacity);
  const demandIntervalSec = 60 * input.demandIntervalMinutes;
  const prices =
    tariff === undefined ? undefined : { of: tariff, slotSec: BOUND_SLOT_SEC, demandIntervalSec };
  return { ...capacity, ...boundsOf(await loadHighs(), site, visits.visits, prices, around) };
}

async function openPolicy(name: PolicyName, input: ReplayInput, scene: Scene): Promise<Policy> {
  const onOffMinSec = 60 * input.minOnOffMinutes;
  const settings: PolicySettings = { site: scene.site, onOffMinSec, isNeedKnown: true };
  const planner = async (): Promise<PlannerSettings> => ({
    site: scene.site,
    gridSec: 60 * input.gridMinutes,
    onOffMinSec,
    isFair: input.isFair,
    backends: await openBackends(input.solver),
    ...(scene.tariff === undefined ? {} : { prices: scene.tariff }),
  });
  switch (name) {
    case 'uncontrolled':
      return uncontrolledPolicy(settings);
    case 'equal':
      return equalPolicy(settings);
    case 'round-robin':
      return roundRobinPolicy(settings);
    case 'sllf':
      return laxityPolicy(settings);
    case 'planner':
      return plannerPolicy(settings, await planner());
    case 'busbar':
      return busbarPolicy({
        ...settings,
        timeZone: input.timeZone,
        solver: input.solver,
        isFair: input.isFair,
        prices: scene.tariff,
        around: scene.around,
      });
    default:
      return sortedPolicy(settings, RANKS[name]);
  }
}

function rowOf(
  input: ReplayInput,
  capacity: Capacity,
  policy: PolicyName,
  { visits: { visits }, tariff, around }: Scene,
  result: PlayResult,
): Row {
  const { deliveredWh, intervalWh, startAtMs, cpuMs, totals } = result;
  const askedWh = visits.reduce((sum, it) => sum + it.energyWh, 0);
  const intervalSec = 60 * input.demandIntervalMinutes;
  const served = visits.filter(
    (it, at) => it.energyWh - (deliveredWh[at] as number) < SERVED_WITHIN_WH,
  );
  const shares = visits
    .map((it, at) => (it.energyWh === 0 ? 1 : (deliveredWh[at] as number) / it.energyWh))
    .sort((a, b) => a - b);
  const decile = shares.slice(0, Math.max(1, Math.floor(shares.length / 10)));
  const sorted = cpuMs.toSorted((a, b) => a - b);
  const quantile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const bill = tariff === undefined ? null : billOf(tariff, { startAtMs, intervalSec, intervalWh });
  return {
    policy,
    ...capacity,
    pilots: input.pilots,
    knows: POLICIES[policy],
    energyPercent: (100 * deliveredWh.reduce((sum, wh) => sum + wh, 0)) / askedWh,
    sessionsServedPercent: (100 * served.length) / visits.length,
    worstDecilePercent: (100 * decile.reduce((sum, it) => sum + it, 0)) / decile.length,
    importKwh: intervalWh.reduce((sum, wh) => sum + wh, 0) / 1000,
    pvSelfConsumedPercent:
      around?.pv === undefined ? null : 100 * (1 - totals.exportWh / Math.max(1e-9, totals.pvWh)),
    peakKw: (intervalWh.reduce((most, wh) => Math.max(most, wh), 0) * 3.6) / intervalSec,
    bill,
    startsPerSession: result.starts / visits.length,
    overloadAmpSeconds: result.overloadAmpSeconds,
    cpuMsPerStep: { p50: quantile(0.5), p99: quantile(0.99) },
    memoryPeakMb: memoryPeakMb(),
  };
}
