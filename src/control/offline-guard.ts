/**
 * Leases of OCPP 2.1 end a second time, by how long the station has been offline: beside their boundary,
 * never instead of it. A boundary is an instant of the station's clock; this is a time that it counts, so
 * that a clock that is set back while nobody sees it gives no lease its grant again. It earns no credit:
 * when a station notices that it is offline is up to the station, and a link that is kept while our
 * commands are lost starts no count at all.
 */
import type { Amps } from '../../solver/index.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { leaseCarrierOf } from './form.js';
import type { StationState } from './state.js';

/**
 * The time, s, that a lease holds without a link; undefined where it must not lapse:
 * - carried by a default or a maximum it stands in the place of F0, and nothing would be left (R0);
 * - with a tail (F1) above F0 it is there to outlast silence for its transaction.
 * Otherwise it lapses once its boundary is over by every clock, so that it shortens no lease.
 */
export function offlineGuardSec(options: {
  readonly site: Site;
  readonly evse: SiteEvse;
  readonly station: StationState;
  readonly tailA: Amps;
  readonly boundaryAtMs: number;
  readonly nowMs: number;
}): number | undefined {
  const { site, evse, station, tailA, boundaryAtMs, nowMs } = options;
  const { skewSec, fallbackIdleA } = site.settings;
  if (station.version !== 'ocpp2.1' || leaseCarrierOf(station, evse.id) !== 'tx') return undefined;
  if (tailA > fallbackIdleA) return undefined;
  return Math.ceil((boundaryAtMs - nowMs) / 1000) + skewSec;
}
