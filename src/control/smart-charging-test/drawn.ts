/** What a sample says in the terms of the limits that its station is given. */
import type { MeterSample } from '../../ocpp/messages.js';
import type { Session } from '../../sessions/session.js';
import type { SiteEvse } from '../../sites/site.js';
import { isOnAnyPhase, limitVoltageV } from '../charge-rate.js';
import type { Draft } from '../draft.js';

/**
 * A of the most loaded phase. A limit in W is written at the lowest voltage and for one phase (R12):
 * there the power counts by the same measure. Undefined: the sample does not say.
 */
export function drawnOf(
  draft: Draft,
  evse: SiteEvse,
  sample: Pick<MeterSample, 'currentA' | 'powerW'>,
): number | undefined {
  const station = draft.stations.get(evse.stationId);
  if (station !== undefined && isOnAnyPhase(station, evse)) {
    return sample.powerW === undefined
      ? undefined
      : sample.powerW / limitVoltageV(draft.site, evse);
  }
  const known = sample.currentA?.filter((it): it is number => it !== undefined) ?? [];
  return known.length === 0 ? undefined : Math.max(...known);
}

/** By the last sample of its session. */
export function drawnBefore(
  draft: Draft,
  place: {
    readonly evse: SiteEvse;
    readonly session?: Session | undefined;
  },
): number | undefined {
  const sessionId = draft.evses.get(place.evse.id)?.sessionId;
  const session = sessionId === undefined ? place.session : draft.sessions.get(sessionId);
  if (session === undefined) return undefined;
  const { drawnA: currentA, powerW } = session;
  return drawnOf(draft, place.evse, {
    ...(currentA === undefined ? {} : { currentA }),
    ...(powerW === undefined ? {} : { powerW }),
  });
}
