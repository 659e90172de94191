/** What the page of a station says about a span of time: uptime, sessions, connections. */
import type { SiteId, StationId } from '../../solver/index.js';
import {
  HISTORY_READ_MAX,
  type OperationsStore,
  type StationConnection,
} from '../store/operations/ports.js';
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
  const span = { tenantId, stationId, fromMs, toMs };
  const [connections, statuses, exclusions, tally] = await Promise.all([
    store.connections.within(span),
    store.statuses.within(span),
    store.exclusions.list({
      tenantId,
      siteId,
      stationId,
      overlaps: { fromMs, toMs },
      limit: EXCLUSIONS_MAX,
    }),
    store.figures.tally(stationId, fromMs),
  ]);
  const oldest = statuses.length < HISTORY_READ_MAX ? undefined : statuses[0];
  const knownFromMs = Math.max(fromMs, oldest?.receivedAtMs ?? fromMs);
  const stationStatuses = statuses.filter((it) => it.evseNumber === 0);
  const ports = evseNumbers.flatMap((evseNumber) => {
    const own = uptime({
      fromMs: knownFromMs,
      toMs,
      connections,
      stationStatuses,
      statuses: statuses.filter((it) => it.evseNumber === evseNumber),
      exclusions: exclusions.items
        .filter((it) => it.evseNumber === undefined || it.evseNumber === evseNumber)
        .map((it) => ({ fromMs: it.startsAtMs, toMs: it.endsAtMs })),
    });
    return own === undefined ? [] : [{ evseNumber, uptime: own }];
  });
  return {
    fromMs,
    toMs,
    ports,
    attempted: tally.attempted,
    succeeded: tally.succeeded,
    connections,
    openedLastHour: connections.filter((it) => it.openedAtMs >= toMs - HOUR_MS).length,
  };
}
