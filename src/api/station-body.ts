/** Stations as the API shows them: from the site file, the engine and the rows of their protocol. */
import type { Site } from '../sites/site.js';
import type { StationProtocol } from '../store/ports.js';
import { orUnavailable } from './api-errors.js';
import type { ApiContext } from './context.js';
import { renderStation } from './render/station.js';
import type { StationBody } from './schema/station.js';

/** Absent without a credential. */
export async function protocolOf(
  api: ApiContext,
  site: Site,
  id: string,
): Promise<StationProtocol | undefined> {
  return (await orUnavailable(api.store.stations.protocols(site.id))).get(id);
}

/** One query a site, however many of its stations are shown. Unknown ids are left out. */
export async function stationBodies(
  api: ApiContext,
  site: Site,
  ids: readonly string[],
): Promise<readonly StationBody[]> {
  const states = api.engine.stations(site.id);
  const protocols = await orUnavailable(api.store.stations.protocols(site.id));
  return ids.flatMap((id) => {
    const station = site.stations.find((it) => it.id === id);
    if (station === undefined) return [];
    const state = states.find((it) => it.id === id);
    return [renderStation(site, station, state, protocols.get(station.id))];
  });
}
