/** What plans of the service read beside the state of the engine, as the replay has measured it. */
import type { GatherStore } from '../../../src/planning/gather.js';
import type { PowerPoint } from '../../../src/planning/forecast.js';
import type { StorageReport } from '../../../src/store/storage-ports.js';
import { measuredQuarters } from '../outlook.js';
import type { PowerSeries } from '../power-series.js';
import type { Surroundings } from '../surroundings.js';

export interface Measured {
  readonly nowMs: () => number;
  readonly peakSoFarW: () => number;
  readonly importSoFarW: () => number | undefined;
  readonly reports: () => readonly StorageReport[];
}

/** Of imports nothing is known of the time before the replay, and nobody shows a token. */
export function measuredStore(
  around: Surroundings | undefined,
  root: Parameters<GatherStore['powerHistory']['add']>[0][number]['circuitId'],
  { nowMs, peakSoFarW, importSoFarW, reports }: Measured,
): GatherStore {
  const pointsOf = (series: PowerSeries | undefined): readonly PowerPoint[] =>
    series === undefined || around === undefined ? [] : measuredQuarters(series, around);
  const pv = pointsOf(around?.pv);
  const givenW = new Map(pv.map((it) => [it.atMs, it.powerW]));
  // Meters of circuits show what is left of a load beside its PV.
  const load = pointsOf(around?.load).map(({ atMs, powerW }) => ({
    atMs,
    powerW: powerW - (givenW.get(atMs) ?? 0),
  }));
  const running = (atMs: number) => {
    const powerW = importSoFarW();
    return powerW === undefined ? [] : [{ circuitId: root, atMs, powerW }];
  };
  return {
    powerHistory: {
      add: async () => undefined,
      read: async ({ kind, sinceMs }) =>
        kind === 'import'
          ? running(sinceMs)
          : (kind === 'pv' ? pv : load)
              .filter(({ atMs }) => atMs >= sinceMs && atMs + QUARTER_MS <= nowMs())
              .map((it) => ({ circuitId: root, ...it })),
      // Of the month before nothing is known.
      peakW: async (_, { untilMs = nowMs() }) =>
        untilMs + QUARTER_MS > nowMs() ? peakSoFarW() : 0,
    },
    sessions: { list: async () => ({ items: [] }) },
    storage: { reports: async () => reports() },
  };
}

const QUARTER_MS = 900_000;
