/** Sites small enough to be read in a test. */
import {
  amps,
  circuitId,
  evseId,
  type PerChannel,
  siteId,
  stationId,
  volts,
} from '../../solver/index.js';
import { SETTINGS_DEFAULT, PILOTS_DEFAULT } from '../../src/sites/defaults.js';
import type { Site, SiteEvse, SiteSettings } from '../../src/sites/site.js';

export const START_MS = Date.UTC(2026, 0, 5, 8);
export const GRID = circuitId('grid');

/** The same current on each phase. */
export function eachPhase<T>(value: T): PerChannel<T> {
  return [value, value, value];
}

/** Three-phase stations `S1`, `S2`, ... behind one wye circuit. */
export function smallSite(
  options: {
    readonly limitA?: number;
    readonly stations?: number;
    readonly evsesPerStation?: number;
    readonly baseLoadMaxA?: number;
    readonly untested?: readonly string[];
    readonly importLimitW?: number;
    readonly settings?: Partial<SiteSettings>;
  } = {},
): Site {
  const { limitA = 63, stations = 1, evsesPerStation = 1, untested = [] } = options;
  const ids = Array.from({ length: stations }, (_, index) => `S${index + 1}`);
  return {
    id: siteId('site'),
    tenantId: 'main',
    name: 'Small site',
    timeZone: 'UTC',
    supply: 'wye',
    voltageLineToNeutralV: volts(230),
    voltageLineToLineV: volts(400),
    ...(options.importLimitW === undefined ? {} : { importLimitW: options.importLimitW as never }),
    circuits: [
      {
        id: GRID,
        name: 'Grid connection',
        limits: [{ kind: 'wye', limitA: eachPhase(amps(limitA)), source: { kind: 'rating' } }],
        baseLoadMaxA: eachPhase(amps(options.baseLoadMaxA ?? 0)),
      },
    ],
    stations: ids.map((id) => ({ id: stationId(id), offlineTested: !untested.includes(id) })),
    evses: ids.flatMap((id) => evsesOf(id, evsesPerStation)),
    settings: { ...SETTINGS_DEFAULT, ...options.settings },
    version: 1,
  };
}

function evsesOf(id: string, count: number): readonly SiteEvse[] {
  return Array.from({ length: count }, (_, index) => ({
    id: evseId(`${id}:${index + 1}`),
    stationId: stationId(id),
    evseNumber: index + 1,
    circuitId: GRID,
    channels: eachPhase(true),
    currentMaxA: amps(32),
    pilots: PILOTS_DEFAULT,
  }));
}
