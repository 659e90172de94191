/** A small site with recording stations, and what the service must know of them afterwards. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ApiClient } from '../../launch/api-client.js';
import { provision } from '../../launch/provision.js';
import { randomFor } from '../../simulator/random.js';
import type { SiteFile } from '../../simulator/site-file.js';
import { type RecordingStation, recordingStation } from './recording-station.js';

/** Stations of the demo's site, two of each protocol version. */
const STATIONS = 4;
const SHORT_READINGS = 25;

export function durableSite(): SiteFile {
  const demo = JSON.parse(readFileSync('sites/demo.json', 'utf8')) as SiteFile;
  return { ...demo, id: 'durable', stations: demo.stations.slice(0, STATIONS) };
}

/**
 * Creates the site; half of its stations boot again after each loss, half just come back. In each
 * half one vehicle stays for good.
 */
export async function connectStations(
  api: ApiClient,
  seed: number,
): Promise<readonly RecordingStation[]> {
  const site = durableSite();
  const secrets = await provision(api, site, { fallbackSessionA: 0 });
  return secrets.map(({ secret }, index) =>
    recordingStation({
      site,
      index,
      secret,
      random: randomFor(seed, `durable/${index}`),
      bootsAgain: index < STATIONS / 2,
      readingsMax:
        index === 0 || index === STATIONS - 1 ? Number.POSITIVE_INFINITY : SHORT_READINGS,
    }),
  );
}

interface SessionRow {
  readonly stationId: string;
  readonly phase: string;
  readonly idTokenEnd?: string;
  readonly energyWh?: number;
}

async function allSessions(api: ApiClient): Promise<readonly SessionRow[]> {
  const rows: SessionRow[] = [];
  for (let after: string | undefined; ; ) {
    const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const page = await api.get<{ items: readonly SessionRow[]; next?: string }>(
      `/v1/sessions?siteId=durable&limit=100${query}`,
    );
    rows.push(...page.items);
    if (page.next === undefined) return rows;
    after = page.next;
  }
}

/**
 * Every acknowledged transaction is there once and with at least its acknowledged energy. `whole`:
 * everything was answered, so the energy is exact and each transaction is over.
 */
export async function expectNothingLost(
  api: ApiClient,
  stations: readonly RecordingStation[],
  extent: 'acknowledged' | 'whole',
): Promise<void> {
  const rows = await allSessions(api);
  for (const record of stations.flatMap((station) => station.transactions)) {
    const { stationId, idToken, meterStartWh, ackedWh } = record;
    const found = rows.filter(
      (row) => row.stationId === stationId && row.idTokenEnd === idToken.slice(-4),
    );
    expect(found.length, `${idToken} is there at most once`).toBeLessThanOrEqual(1);
    if (!record.startAcked) continue;
    const energyWh = found[0]?.energyWh ?? -1;
    expect(energyWh, `energy of ${idToken}`).toBeGreaterThanOrEqual(ackedWh - meterStartWh);
    if (record.stopAcked) expect(['finished', 'ended']).toContain(found[0]?.phase);
    if (extent === 'whole') expect(energyWh, idToken).toBe(ackedWh - meterStartWh);
  }
  if (extent !== 'whole') return;
  const total = stations.reduce((sum, station) => sum + station.transactions.length, 0);
  expect(rows.filter((row) => row.idTokenEnd !== undefined)).toHaveLength(total);
}

/**
 * The ledger reserves at least what the stations' profiles allow. A station may be told more or less
 * while the answer is on its way to us: what it held both before and after counts.
 */
export async function expectReserved(
  api: ApiClient,
  stations: readonly RecordingStation[],
): Promise<void> {
  const heldBeforeA = stations.map((station) => station.heldA());
  const { evses } = await api.get<{
    evses: readonly { stationId: string; worstCaseA: number }[];
  }>('/v1/sites/durable/live');
  for (const [index, station] of stations.entries()) {
    const heldA = Math.min(heldBeforeA[index] ?? 0, station.heldA());
    const { worstCaseA = -1 } = evses.find((it) => it.stationId === station.id) ?? {};
    expect(worstCaseA, station.id).toBeGreaterThanOrEqual(heldA - 0.05);
  }
}
