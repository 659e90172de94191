/**
 * The site of the documents: `depot` with the virtual stations CP01 (OCPP 1.6J) and CP02 (2.0.1), and
 * one vehicle that charges at CP02. Everything in the documents that needs a station asks one of them.
 */
import { expect, vi } from 'vitest';
import { startChild } from '../../launch/child.js';
import { provision } from '../../launch/provision.js';
import type { LauncherMessage, SimulatorMessage } from '../../simulator/ipc.js';
import type { SiteFile, SiteFileStation } from '../../simulator/site-file.js';
import type { Served } from './served.js';

export interface Depot {
  close(): Promise<void>;
}

const SITE_ID = 'depot';
const SOON = { timeout: 90_000, interval: 100 };
const HOUR_MS = 3_600_000;

/** Resolves when both stations are ready and the vehicle charges. */
export async function openDepot(served: Served): Promise<Depot> {
  const site = depotSite();
  const stations = await provision(served.api, site, { fallbackSessionA: 0 });
  const child = startChild<SimulatorMessage, LauncherMessage>('simulator/main.ts', {});
  const nowMs = Date.now();
  child.send({
    type: 'start',
    ocppUrl: served.ocppUrl,
    apiUrl: served.apiUrl,
    apiKey: served.apiKey,
    siteId: SITE_ID,
    site,
    stations,
    clock: { originSiteMs: nowMs, originRealMs: nowMs, speed: 1 },
    sessions: [
      {
        sessionId: 'vehicle',
        stationId: 'CP02',
        evseNumber: 1,
        arrivalAtMs: nowMs,
        departureAtMs: nowMs + HOUR_MS,
        energyWh: 20_000,
      },
    ],
    servesFrom: 'first-limit',
    seed: 1,
    claims: false,
    buildingLoad: false,
  });
  await vi.waitFor(async () => {
    const { items } = await served.api.get<{ items: readonly { stage: string }[] }>(
      `/v1/charging-stations?siteId=${SITE_ID}`,
    );
    expect(items.map((it) => it.stage)).toEqual(['ready', 'ready']);
    const running = await served.api.get<{ items: readonly object[] }>(
      `/v1/sessions?siteId=${SITE_ID}&state=charging`,
    );
    expect(running.items).toHaveLength(1);
  }, SOON);
  return { close: async () => void (await child.end()) };
}

function depotSite(): SiteFile {
  return {
    id: SITE_ID,
    name: 'Depot',
    timeZone: 'Europe/Berlin',
    supply: 'wye',
    voltageLineToNeutralV: 230,
    voltageLineToLineV: 400,
    circuits: [
      {
        id: 'main',
        name: 'Main',
        limits: [{ kind: 'wye', limitA: [63, 63, 63] }],
        baseLoadMaxA: [0, 0, 0],
      },
    ],
    stations: [station('CP01', 'ocpp1.6'), station('CP02', 'ocpp2.0.1')],
  };
}

function station(id: string, version: 'ocpp1.6' | 'ocpp2.0.1'): SiteFileStation {
  const evse = {
    evseNumber: 1,
    circuitId: 'main',
    channels: [true, true, true],
    currentMaxA: 16,
    pilots: { kind: 'continuous', minA: 6, stepA: 1 },
  } as const;
  return { id, version, evses: [evse] };
}
