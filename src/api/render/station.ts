import { isTested } from '../../control/initial-state.js';
import type { StationState } from '../../control/state.js';
import type { Site, SiteStation } from '../../sites/site.js';
import type { StationProtocol } from '../../store/ports.js';
import type { StationBody } from '../schema/station.js';
import { contentTag } from '../if-match.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

/** A station of the site file; its state is absent until it has been seen. */
export function renderStation(
  site: Site,
  station: SiteStation,
  state: StationState | undefined,
  protocol: StationProtocol | undefined,
): StationBody {
  return defined({
    id: station.id,
    siteId: site.id,
    offlineTested: isTested(site, station.id, state),
    evseIds: site.evses.filter((evse) => evse.stationId === station.id).map((evse) => evse.id),
    stage: state?.stage ?? 'offline',
    stageSinceAt: state === undefined ? undefined : instant(state.stageSinceMs),
    version: state?.version,
    vendor: state?.vendor,
    model: state?.model,
    firmware: state?.firmware,
    serial: state?.serial,
    connectedAt: instantOrNone(state?.connectedAtMs),
    disconnectedAt: instantOrNone(state?.disconnectedAtMs),
    closeReason: state?.closeReason,
    lastMessageAt: instantOrNone(state?.lastMessageAtMs),
    trouble: state?.trouble,
    schemaMode: protocol?.schemaMode,
    pinnedVersion: protocol?.pinnedVersion,
  });
}

/** Of what is configured; what the station does is not part of it. */
export function stationTag(
  site: Site,
  stationId: string,
  protocol: StationProtocol | undefined,
): string {
  const station = site.stations.find((it) => it.id === stationId);
  const evses = site.evses.filter((it) => it.stationId === stationId);
  return contentTag([station ?? null, evses, protocol ?? null]);
}
