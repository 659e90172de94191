/** The sites of a load run: equal car parks whose feeders carry less than their EVSEs could take. */
import type { PlannedSession } from '../../simulator/ipc.js';
import type {
  SiteFile,
  SiteFileCircuit,
  SiteFileStation,
  Triple,
} from '../../simulator/site-file.js';

const STATIONS_PER_PANEL = 25;
/** Of 32 A: all vehicles charge, none at its maximum. */
const PANEL_A_PER_STATION = 14;
const GRID_A_PER_STATION = 12;
const DAY_MS = 24 * 3_600_000;

/** `stationCount` stations over `siteCount` sites, half 1.6 and half 2.0.1, one EVSE each. */
export function loadSites(siteCount: number, stationCount: number): readonly SiteFile[] {
  return Array.from({ length: siteCount }, (_, site) => {
    const from = Math.floor((site * stationCount) / siteCount);
    const to = Math.floor(((site + 1) * stationCount) / siteCount);
    return carPark(`load-${site + 1}`, to - from);
  });
}

function carPark(id: string, stationCount: number): SiteFile {
  const panelCount = Math.ceil(stationCount / STATIONS_PER_PANEL);
  const panels = Array.from({ length: panelCount }, (_, panel): SiteFileCircuit => {
    const below = Math.min(STATIONS_PER_PANEL, stationCount - panel * STATIONS_PER_PANEL);
    return circuit(`panel-${panel + 1}`, below * PANEL_A_PER_STATION, 'grid');
  });
  return {
    id,
    name: `Car park ${id}`,
    timeZone: 'Europe/Berlin',
    supply: 'wye',
    voltageLineToNeutralV: 230,
    voltageLineToLineV: 400,
    circuits: [circuit('grid', stationCount * GRID_A_PER_STATION), ...panels],
    stations: Array.from({ length: stationCount }, (_, index) => station(id, index)),
  };
}

function circuit(id: string, limitA: number, parentId?: string): SiteFileCircuit {
  const limits = [{ kind: 'wye', limitA: [limitA, limitA, limitA] }] as const;
  const rest = { id, name: id, limits, baseLoadMaxA: [0, 0, 0] as Triple<number> };
  return parentId === undefined ? rest : { ...rest, parentId };
}

function station(site: string, index: number): SiteFileStation {
  return {
    id: `${site}-S${index + 1}`,
    version: index % 2 === 0 ? 'ocpp1.6' : 'ocpp2.0.1',
    evses: [
      {
        evseNumber: 1,
        circuitId: `panel-${Math.floor(index / STATIONS_PER_PANEL) + 1}`,
        channels: [true, true, true],
        currentMaxA: 32,
        pilots: { kind: 'continuous', minA: 6, stepA: 1 },
      },
    ],
  };
}

/** One vehicle at every station, arriving one after the other, that stays for the day. */
export function loadSessions(
  site: SiteFile,
  arrivals: { readonly fromMs: number; readonly withinMs: number },
): readonly PlannedSession[] {
  return site.stations.map(({ id }, index) => {
    const arrivalAtMs = arrivals.fromMs + (index / site.stations.length) * arrivals.withinMs;
    return {
      sessionId: `visit-${id}`,
      stationId: id,
      evseNumber: 1,
      arrivalAtMs,
      departureAtMs: arrivalAtMs + DAY_MS,
      energyWh: 60_000,
      phases: 1 + (index % 3 === 0 ? 2 : 0),
    };
  });
}
