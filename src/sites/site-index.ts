/** Who belongs to whom on a site, looked up instead of searched for: made once per version of it. */
import { type EvseId, memoized, type StationId } from '../../solver/index.js';
import type { Site, SiteEvse } from './site.js';

const byId = memoized(
  ({ evses }: Site): ReadonlyMap<EvseId, SiteEvse> =>
    // Of two with one id the first counts, as in a search.
    new Map(evses.toReversed().map((evse) => [evse.id, evse])),
);

const byStation = memoized(({ evses }: Site): ReadonlyMap<StationId, readonly SiteEvse[]> => {
  const found = new Map<StationId, SiteEvse[]>();
  for (const evse of evses) {
    const own = found.get(evse.stationId);
    if (own === undefined) found.set(evse.stationId, [evse]);
    else own.push(evse);
  }
  return found;
});

export function evseById(site: Site, id: EvseId | undefined): SiteEvse | undefined {
  return id === undefined ? undefined : byId(site).get(id);
}

/** In the site's order; empty where it has none. */
export function evsesOfStation(site: Site, id: StationId): readonly SiteEvse[] {
  return byStation(site).get(id) ?? NONE;
}

const NONE: readonly SiteEvse[] = [];
