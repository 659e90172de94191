/**
 * How much a battery may be told to charge. Its charging is uncontrolled load to the ledger, for which
 * the declared worst load of its circuits is kept free: it is never told to take more than what of that
 * is not in use, nor more than is left beside what EVSEs may draw at worst now. So the guarantee does
 * not rest on what a plan says. Pure.
 */
import type { LiveCircuit } from '../api/ports.js';
import { pathToRoot } from '../sites/check-circuits.js';
import { otherLoadA } from '../sites/other-load.js';
import type { Site, SiteStorage } from '../sites/site.js';
import type { StateView } from '../sites/snapshot.js';
import { baseLoadNow } from '../sites/tiers.js';
import type { StorageReport } from '../store/storage-ports.js';
import type { StorageNow } from './plan-input.js';

/** A battery that said nothing for so long is out of the plan, site time. */
export const REPORT_FRESH_MS = 300_000;

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
    return [{ storageId: configured.id, energyWh, chargeMaxW }];
  });
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

/** A battery loads all three phases alike. */
function inWatts({ voltageLineToNeutralV }: Site, currentA: number): number {
  return Math.max(0, 3 * voltageLineToNeutralV * currentA);
}
