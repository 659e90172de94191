import { energyDeliveredWh, remainingNeed, type Session } from '../../sessions/session.js';
import type { SessionBody } from '../schema/session.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

const TOKEN_END_LENGTH = 4;

export function renderSession(session: Session & { readonly siteId: string }): SessionBody {
  const { id, siteId, stationId, evseId, phase, powerW, socFraction, stopReason } = session;
  return defined({
    id,
    siteId,
    stationId,
    evseId,
    phase,
    idTokenEnd: session.idToken?.slice(-TOKEN_END_LENGTH),
    pluggedInAt: instant(session.pluggedInAtMs),
    startedAt: instantOrNone(session.startedAtMs),
    endedAt: instantOrNone(session.endedAtMs),
    energyWh: energyDeliveredWh(session),
    powerW,
    currentA: session.drawnA === undefined ? undefined : [...session.drawnA],
    sampledAt: instantOrNone(session.sampledAtMs),
    socFraction,
    stopReason,
    claim: renderClaim(session),
  });
}

function renderClaim(session: Session): SessionBody['claim'] {
  const need = remainingNeed(session);
  if (session.claim === undefined || need === undefined) return undefined;
  return {
    departureAt: instant(session.claim.departureAtMs),
    energyWh: session.claim.energyWh,
    remainingWh: need.energyWh,
    setAt: instant(session.claim.setAtMs),
  };
}
