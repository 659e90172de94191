/** What the service knows of building, PV and battery beside the vehicles: meters, reports, set-points. */
import type { SiteEvent, SiteState } from '../../../src/control/state.js';
import { setPointW } from '../../../src/planning/storage-port.js';
import { liveCircuits } from '../../../src/sites/live-circuits.js';
import { siteTiers, standings } from '../../../src/sites/snapshot.js';
import type { StorageReport } from '../../../src/store/storage-ports.js';
import type { Around, View } from '../policy.js';
import { BATTERY_ID, type MeteredCircuit } from './site.js';

export interface Metering {
  /** What the meter at the grid connection shows now beside the vehicles. */
  readonly sample: (view: View) => readonly SiteEvent[];
  readonly reports: () => readonly StorageReport[];
  /** What the battery is told now, W. */
  readonly setPoint: (state: SiteState, nowMs: number) => number;
}

/** One that shows the same for half an hour counts as stuck: the last digit of a real one moves. */
const RIPPLE_A = 0.001;

export function createMetering(meters: readonly MeteredCircuit[]): Metering {
  let count = 0;
  let report: StorageReport | undefined;
  let toldW = 0;
  return {
    sample: ({ nowMs, around }) => {
      if (around === undefined) return [];
      const { loadW, pvW, battery } = around;
      const powerW = battery === undefined || isAtEnd(battery, toldW) ? 0 : toldW;
      if (battery !== undefined) {
        report = { storageId: BATTERY_ID, atMs: nowMs, energyWh: battery.energyWh, powerW };
      }
      count += 1;
      return meters.flatMap(({ id, ampsPerW }): SiteEvent[] => {
        if (ampsPerW === 0) return [];
        const netA = (loadW - pvW + powerW) * ampsPerW + (count % 2) * RIPPLE_A;
        const reading = { atMs: nowMs, currentA: [netA, netA, netA] } as const;
        return [{ type: 'building.sampled', circuitId: id, reading }];
      });
    },
    reports: () => (report === undefined ? [] : [report]),
    setPoint: (state, nowMs) => {
      const storage = state.site.storage?.[0];
      if (storage === undefined) return 0;
      const [tier] = siteTiers(state, nowMs);
      const circuits = liveCircuits(state, standings(state), { tier, nowMs });
      toldW = setPointW(state, storage, { report, circuits, nowMs }) ?? 0;
      return toldW;
    },
  };
}

const NOTHING_WH = 1;

/** Empty, or full: it does not do what it was told. */
function isAtEnd({ energyWh, spec }: NonNullable<Around['battery']>, toldW: number): boolean {
  if (toldW < 0) return energyWh <= NOTHING_WH;
  return energyWh >= spec.capacityWh - NOTHING_WH;
}
