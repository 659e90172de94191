/** The engine's picture -> wire. */
import type { Site } from '../../sites/site.js';
import type { LiveCircuit, LiveEvse, LiveSite } from '../ports.js';
import type { LiveCircuitBody, LiveEvseBody, LiveSiteBody } from '../schema/live.js';
import { renderBoundBy } from './bound-by.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

/** Site and picture may be one edit apart; the version is the site's. */
export function renderLive(live: LiveSite, site: Site, speed: number): LiveSiteBody {
  const { atMs, evses, circuits, signal, counts, ...figures } = live;
  return defined({
    ...figures,
    at: instant(atMs),
    speed,
    version: site.version,
    importLimitW: site.importLimitW,
    counts: { ...counts },
    evses: evses.map(renderEvse),
    circuits: circuits.map(renderCircuit),
    signal: signal === undefined ? undefined : renderSignal(signal),
  });
}

function renderEvse(evse: LiveEvse): LiveEvseBody {
  const { departureAtMs, expectedStartAtMs, sinceMs, boundBy, ...rest } = evse;
  return defined({
    ...rest,
    departureAt: instantOrNone(departureAtMs),
    boundBy: renderBoundBy(boundBy),
    expectedStartAt: instantOrNone(expectedStartAtMs),
    sinceAt: instant(sinceMs),
  });
}

function renderCircuit({ notGuaranteed, conductors, ...rest }: LiveCircuit): LiveCircuitBody {
  return defined({
    ...rest,
    conductors: conductors.map((conductor) => ({ ...conductor })),
    notGuaranteed:
      notGuaranteed === undefined
        ? undefined
        : { cause: notGuaranteed.cause, sinceAt: instant(notGuaranteed.sinceMs) },
  });
}

function renderSignal({
  receivedAtMs,
  endsAtMs,
  ...rest
}: NonNullable<LiveSite['signal']>): NonNullable<LiveSiteBody['signal']> {
  return { ...rest, receivedAt: instant(receivedAtMs), endsAt: instant(endsAtMs) };
}
