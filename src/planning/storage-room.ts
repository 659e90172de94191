/**
 * How much a battery may be told to charge or to give. What it gives is never more than the site takes
 * from the grid without it and may export, as a fresh meter shows it. Its charging is uncontrolled load to the ledger, for which
 * the declared worst load of its circuits is kept free: it is never told to take more than what of that
 * is not in use, nor more than is left beside what EVSEs may draw at worst now. So the guarantee does
 * not rest on what a plan says. Pure.
 */
import { inForce } from '../../ledger/index.js';
import type { LiveCircuit } from '../api/ports.js';
import { channelCount, channelVoltageV } from '../control/charge-rate.js';
import { takenW } from '../control/dc-samples.js';
import { pathToRoot } from '../sites/check-circuits.js';
import { otherLoadA } from '../sites/other-load.js';
import type { Site, SiteStorage } from '../sites/site.js';
import type { StateView } from '../sites/snapshot.js';
import { baseLoadNow, measuredNow, orderAt } from '../sites/tiers.js';
import type { StorageReport } from '../store/storage-ports.js';
import type { StorageNow } from './plan-input.js';
import { powerOf } from './site-history.js';

/** A battery that said nothing for so long is out of the plan, site time. */
export const REPORT_FRESH_MS = 300_000;
/** A vehicle whose last samples did not come may have stopped. */
const SAMPLES_KEPT = 2;

/** Batteries that report, as the plan may count on them. */
export function storageNow(
  view: StateView,
  reports: readonly StorageReport[],
  nowMs: number,
): readonly StorageNow[] {
  return (view.site.storage ?? []).flatMap((configured) => {
    const report = freshReport(reports, configured.id, nowMs);
    if (report === undefined) return [];
    const energyWh = Math.min(configured.capacityWh, Math.max(0, report.energyWh));
    const roomW = declaredRoomW(view, configured, report, nowMs);
    const chargeMaxW = Math.min(configured.chargeMaxW, roomW);
    return [{ storageId: configured.id, energyWh, chargeMaxW, powerW: report.powerW }];
  });
}

/**
 * What batteries at a circuit or below it took at an instant, W: a meter there shows it as load, and it is
 * none. Absent: of the whole site. One that did not report about then counts as doing nothing.
 */
export function storagePowerW(
  site: Site,
  reports: readonly StorageReport[],
  atMs: number,
  circuitId?: string,
): number {
  return (site.storage ?? []).reduce((sum, it) => {
    const report = reports.find(({ storageId }) => storageId === it.id);
    const isNear = report !== undefined && Math.abs(atMs - report.atMs) < REPORT_FRESH_MS;
    const path = pathToRoot(site, it.circuitId);
    const isBelow = circuitId === undefined || path.some(({ id }) => id === circuitId);
    return isNear && isBelow ? sum + report.powerW : sum;
  }, 0);
}

export function freshReport(
  reports: readonly StorageReport[],
  storageId: string,
  nowMs: number,
): StorageReport | undefined {
  return reports.find((it) => it.storageId === storageId && nowMs - it.atMs < REPORT_FRESH_MS);
}

/** Of the declared worst load of all circuits above it, what is not in use without it. */
export function declaredRoomW(
  view: StateView,
  { circuitId }: SiteStorage,
  { powerW }: StorageReport,
  nowMs: number,
): number {
  const { site } = view;
  const ownA = Math.max(0, powerW) / (3 * site.voltageLineToNeutralV);
  let leastA = Number.POSITIVE_INFINITY;
  for (const circuit of pathToRoot(site, circuitId)) {
    const usedA = otherLoadA(site.circuits, circuit, (it) => baseLoadNow(view, it, nowMs));
    for (const channel of [0, 1, 2] as const) {
      const declaredA = circuit.baseLoadMaxA[channel];
      leastA = Math.min(leastA, declaredA - Math.max(0, usedA[channel] - ownA));
    }
  }
  return inWatts(site, leastA);
}

/** What its circuits have left beside the ceiling of now; what it takes already is in that. */
export function liveRoomW(
  site: Site,
  circuits: readonly LiveCircuit[],
  { circuitId }: SiteStorage,
  { powerW }: StorageReport,
): number {
  const path = pathToRoot(site, circuitId);
  const ownW = Math.max(0, powerW);
  const freeW = circuits
    .filter((it) => path.some(({ id }) => id === it.circuitId))
    .flatMap(({ conductors }) =>
      conductors.map(({ limit, ceiling, unit }) =>
        unit === 'W' ? Math.max(0, limit - ceiling) : inWatts(site, limit - ceiling),
      ),
    );
  return ownW + Math.min(Number.POSITIVE_INFINITY, ...freeW);
}

/**
 * What it may give: import without it, and what may be exported now, 0 where nobody says so. Batteries
 * share what is left by what they can give. 0 without a fresh meter at the grid connection: nobody knows.
 */
export function dischargeRoomW(
  view: StateView,
  { id, dischargeMaxW }: SiteStorage,
  { powerW }: StorageReport,
  nowMs: number,
): number {
  const { site } = view;
  const root = site.circuits.find((it) => it.parentId === undefined);
  const measuredA = root && measuredNow(view, root.id, nowMs);
  if (measuredA === undefined) return 0;
  const leftW = powerOf(site, measuredA) + vehiclesCertainW(view, nowMs) + exportMaxW(view, nowMs);
  const othersMaxW = (site.storage ?? [])
    .filter((it) => it.id !== id)
    .reduce((sum, it) => sum + it.dischargeMaxW, 0);
  const ownFraction = leftW < 0 ? 1 : dischargeMaxW / (dischargeMaxW + othersMaxW);
  return Math.max(0, Math.max(0, -powerW) + leftW * ownFraction);
}

/** Vehicles take what they took when they were measured last, or what they were cut to since. */
function vehiclesCertainW({ site, evses, sessions }: StateView, nowMs: number): number {
  const sinceMs = nowMs - SAMPLES_KEPT * site.settings.sampleIntervalSec * 1000;
  return site.evses.reduce((sum, evse) => {
    const state = evses.get(evse.id);
    const session = state?.sessionId === undefined ? undefined : sessions.get(state.sessionId);
    const { phase, powerW = 0, sampledAtMs = 0 } = session ?? {};
    if (state === undefined || phase !== 'active' || sampledAtMs < sinceMs) return sum;
    const allowedW = inForce(state.ledger, nowMs) * channelCount(evse) * channelVoltageV(site);
    return sum + Math.min(Math.max(0, takenW(evse, powerW)), allowedW);
  }, 0);
}

function exportMaxW({ signals }: StateView, nowMs: number): number {
  const allowedW = [...signals.values()].flatMap((it) =>
    it.type === 'export-limit' ? (orderAt(it, nowMs) ?? []) : [],
  );
  return allowedW.length === 0 ? 0 : Math.min(...allowedW);
}

/** A battery loads all three phases alike. */
function inWatts({ voltageLineToNeutralV }: Site, currentA: number): number {
  return Math.max(0, 3 * voltageLineToNeutralV * currentA);
}
