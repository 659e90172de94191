/**
 * A lease ends at an instant of the station's clock. By one that is ahead it is over before the next one is told:
 * its last period then holds the vehicle back, all of the time where the clock is ahead by a whole lease. Nothing is
 * exceeded (R6), and the station does as it was told: it is said, or nobody would know why so little is drawn.
 */
import { leaseDueAtMs, type PossibleCommand } from '../../ledger/index.js';
import type { CompositeSchedule } from '../../profiles/index.js';
import type { SiteEvse } from '../sites/site.js';
import type { Draft } from './draft.js';
import { isEndless } from './charge-rate.js';

const MINUTE_MS = 60_000;

/** `schedule`: read back now, and the lease is what it follows. */
export function noteAhead(
  { stations, evses, effects, site, nowMs }: Draft,
  { id: evseId, stationId }: SiteEvse,
  { startAtMs }: CompositeSchedule,
  lease: PossibleCommand,
): void {
  const station = stations.get(stationId);
  const ledger = evses.get(evseId)?.ledger;
  if (station === undefined || ledger === undefined || isEndless(station)) return;
  const { grantA, tailA, boundaryAtMs } = lease;
  const { leaseSec } = site.settings;
  const marginMs = boundaryAtMs - leaseDueAtMs(lease, { leaseSec, ledger });
  const aheadMs = startAtMs - nowMs;
  if (grantA <= tailA || aheadMs <= marginMs) return;
  const detail =
    `the clock of ${stationId} is ${Math.round(aheadMs / MINUTE_MS)} min ahead: by it a limit of ${grantA} A is ` +
    `over before the next one is told, and ${evseId} is held at ${tailA} A`;
  effects.push({ type: 'alarm', code: 'clock-ahead', evseId, stationId, detail });
}
