/** What the page of a station says about a span of time: uptime, sessions, connections. */
import type { SiteId, StationId } from '../../solver/index.js';
import type { OperationsStore, StationConnection } from '../store/operations/ports.js';
import { uptime, type Uptime } from './uptime.js';

export interface StationReport {
  readonly fromMs: number;
  readonly toMs: number;
  /** One per EVSE of which anything is known. */
  readonly ports: readonly { readonly evseNumber: number; readonly uptime: Uptime }[];
  readonly attempted: number;
  readonly succeeded: number;
  readonly connections: readonly StationConnection[];
  readonly openedLastHour: number;
}

export interface ReportAsk {
  readonly tenantId: string;
  readonly siteId: SiteId;
  readonly stationId: StationId;
  readonly evseNumbers: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
}

const EXCLUSIONS_MAX = 500;
const HOUR_MS = 3_600_000;

export async function stationReport(
  store: Pick<OperationsStore, 'connections' | 'exclusions' | 'figures' | 'statuses'>,
  { tenantId, siteId, stationId, evseNumbers, fromMs, toMs }: ReportAsk,
): Promise<StationReport> {
  const overlaps = { fromMs, toMs };
  const [connections, statuses, exclusions, tallies] = await Promise.all([
    store.connections.within(stationId, fromMs, toMs),
    store.statuses.within(stationId, fromMs, toMs),
    store.exclusions.list({ tenantId, siteId, overlaps, limit: EXCLUSIONS_MAX }),
    store.figures.tallies(siteId, fromMs),
  ]);
  const ports = evseNumbers.flatMap((evseNumber) => {
    const own = uptime({
      ...overlaps,
      connections,
      statuses: statuses.filter((it) => it.evseNumber === evseNumber),
      exclusions: exclusions.items
        .filter((it) => it.stationId === undefined || it.stationId === stationId)
        .filter((it) => it.evseNumber === undefined || it.evseNumber === evseNumber)
        .map((it) => ({ fromMs: it.startsAtMs, toMs: it.endsAtMs })),
    });
    return own === undefined ? [] : [{ evseNumber, uptime: own }];
  });
  const tally = tallies.find((it) => it.stationId === stationId);
  return {
    fromMs,
    toMs,
    ports,
    attempted: tally?.attempted ?? 0,
    succeeded: tally?.succeeded ?? 0,
    connections,
    openedLastHour: connections.filter((it) => it.openedAtMs >= toMs - HOUR_MS).length,
  };
}
