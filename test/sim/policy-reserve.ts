/** What an owner's policy keeps free for untested stations that fail (R0), by the tests' own arithmetic. */
import type { SiteState } from '../../src/control/state.js';
import type { PerChannel } from '../../solver/index.js';
import type { Sums } from './site-load.js';

/** An EVSE below a circuit, at one instant. */
export interface Exposed {
  readonly stationId: string;
  readonly countsAsTold: boolean;
  readonly wired: PerChannel<boolean>;
  readonly currentMaxA: number;
  /** W on each channel. */
  readonly worstA: PerChannel<number>;
}

/** Failures beside those who are offline; 0 without a policy. */
export function failuresOf({ site, stations, evses }: SiteState): number {
  const { untestedFailures } = site.settings;
  if (untestedFailures === undefined || untestedFailures === null) return 0;
  const away = site.stations.filter(({ id }) => {
    const evse = site.evses.find(({ stationId }) => stationId === id);
    const ledger = evse === undefined ? undefined : evses.get(evse.id)?.ledger;
    return ledger?.offlineTested === false && stations.get(id)?.stage === 'offline';
  });
  return Math.max(0, untestedFailures - away.length);
}

export function reserveOn(below: readonly Exposed[], failures: number): Sums {
  const sums: Sums = [0, 0, 0];
  if (failures === 0) return sums;
  for (const channel of [0, 1, 2] as const) {
    const gaps: Record<string, number> = {};
    for (const { stationId, countsAsTold, wired, currentMaxA, worstA } of below) {
      if (!countsAsTold || !wired[channel]) continue;
      gaps[stationId] = (gaps[stationId] ?? 0) + Math.max(0, currentMaxA - worstA[channel]);
    }
    const sorted = Object.values(gaps).sort((a, b) => b - a);
    for (const gapA of sorted.slice(0, failures)) sums[channel] += gapA;
  }
  return sums;
}
