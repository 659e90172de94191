/** What the service stores of the durable site, held against what its stations wrote down. */
import type { ApiClient } from '../../launch/api-client.js';
import { DURABLE_SITE } from './durable-stations.js';
import type { RecordingStation } from './recording-station.js';

/** `whole`: every message was answered, and each transaction is over. */
export type Extent = 'acknowledged' | 'whole';

export interface SessionRow {
  readonly id: string;
  readonly stationId: string;
  readonly phase: string;
  readonly idTokenEnd?: string;
  readonly energyWh?: number;
}

export interface LostRows {
  /** What was acknowledged and is not there, in words. */
  readonly missing: readonly string[];
  readonly duplicated: readonly string[];
}

type Recorded = Pick<RecordingStation, 'transactions'>;

/** What was acknowledged by now: rows that are read afterwards must have it. */
export function recordedNow(stations: readonly Recorded[]): readonly Recorded[] {
  return stations.map(({ transactions }) => ({
    transactions: transactions.map((it) => ({ ...it })),
  }));
}

export async function sessionRows(api: ApiClient): Promise<readonly SessionRow[]> {
  const rows: SessionRow[] = [];
  for (let after: string | undefined; ; ) {
    const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const page = await api.get<{ items: readonly SessionRow[]; next?: string }>(
      `/v1/sessions?siteId=${DURABLE_SITE}&limit=100${query}`,
    );
    rows.push(...page.items);
    if (page.next === undefined) return rows;
    after = page.next;
  }
}

/**
 * Every acknowledged transaction is to be there once and with at least its acknowledged energy;
 * of the whole, the energy is exact and there is no other.
 */
export function lostRows(
  rows: readonly SessionRow[],
  stations: readonly Recorded[],
  extent: Extent,
): LostRows {
  const missing: string[] = [];
  const duplicated: string[] = [];
  const byToken = new Map<string, SessionRow[]>();
  for (const row of rows) {
    const key = `${row.stationId} ${row.idTokenEnd}`;
    byToken.set(key, [...(byToken.get(key) ?? []), row]);
  }
  for (const record of stations.flatMap((station) => station.transactions)) {
    const { stationId, idToken, meterStartWh, ackedWh } = record;
    const found = byToken.get(`${stationId} ${idToken.slice(-4)}`) ?? [];
    if (found.length > 1) duplicated.push(`${idToken} is there ${found.length} times`);
    if (!record.startAcked) continue;
    const [row] = found;
    const energyWh = row?.energyWh ?? -1;
    const wantedWh = ackedWh - meterStartWh;
    if (energyWh < wantedWh) missing.push(`${idToken}: ${energyWh} Wh instead of ${wantedWh}`);
    if (record.stopAcked && row?.phase !== 'finished' && row?.phase !== 'ended') {
      missing.push(`${idToken}: its end, it is ${row?.phase ?? 'not there'}`);
    }
    if (extent === 'whole' && energyWh > wantedWh) {
      duplicated.push(`${idToken}: ${energyWh} Wh instead of ${wantedWh}`);
    }
  }
  const ids = new Set(rows.map(({ id }) => id));
  if (ids.size !== rows.length) duplicated.push(`${rows.length - ids.size} session ids`);
  if (extent === 'whole') {
    const total = stations.reduce((sum, station) => sum + station.transactions.length, 0);
    const stored = rows.filter((row) => row.idTokenEnd !== undefined).length;
    if (stored > total) duplicated.push(`${stored} sessions of ${total} transactions`);
    if (stored < total) missing.push(`${total - stored} of ${total} sessions`);
  }
  return { missing, duplicated };
}

/**
 * The ledger reserves at least what the stations' profiles allow. A station may be told more or less
 * while the answer is on its way to us: what it held both before and after counts.
 */
export async function unreserved(
  api: ApiClient,
  stations: readonly RecordingStation[],
): Promise<readonly string[]> {
  const heldBeforeA = stations.map((station) => station.heldA());
  const { evses } = await api.get<{
    evses: readonly { stationId: string; worstCaseA: number }[];
  }>(`/v1/sites/${DURABLE_SITE}/live`);
  return stations.flatMap((station, index) => {
    const heldA = Math.min(heldBeforeA[index] ?? 0, station.heldA());
    const { worstCaseA = -1 } = evses.find((it) => it.stationId === station.id) ?? {};
    return worstCaseA >= heldA - 0.05
      ? []
      : [`${station.id} holds ${heldA} A, ${worstCaseA} A are reserved`];
  });
}
