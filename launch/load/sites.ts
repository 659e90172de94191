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
const GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;
/** Between two vehicles. */
const EMPTY_MS = 60_000;
const VISIT_MIN_MS = 120_000;

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

export interface Visiting {
  /** The first vehicle of each station comes within this time. */
  readonly fromMs: number;
  readonly withinMs: number;
  /** A vehicle stays this long; those that are there at first have been for a part of it. */
  readonly visitMs: number;
  readonly untilMs: number;
}

/** Vehicles at every station, one after the other: at any time some leave and others come. */
export function loadSessions(site: SiteFile, visiting: Visiting): readonly PlannedSession[] {
  const { fromMs, withinMs, visitMs, untilMs } = visiting;
  const { length } = site.stations;
  return site.stations.flatMap(({ id }, index) => {
    const sessions: PlannedSession[] = [];
    let arrivalAtMs = fromMs + (index / length) * withinMs;
    // Spread by the golden ratio: those who leave early did not all come early.
    let staysMs = Math.max(VISIT_MIN_MS, visitMs * ((index * GOLDEN_RATIO) % 1));
    while (arrivalAtMs < untilMs) {
      sessions.push({
        sessionId: `visit-${id}-${sessions.length + 1}`,
        stationId: id,
        evseNumber: 1,
        arrivalAtMs,
        departureAtMs: arrivalAtMs + staysMs,
        energyWh: 60_000,
        phases: 1 + (index % 3 === 0 ? 2 : 0),
      });
      arrivalAtMs += staysMs + EMPTY_MS;
      staysMs = visitMs;
    }
    return sessions;
  });
}
