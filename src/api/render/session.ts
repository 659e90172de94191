import type { MeterSample } from '../../ocpp/messages.js';
import { endCauseOf, sessionNotes, stopReasonText } from '../../sessions/session-notes.js';
import { meterReading, remainingNeed, type Session } from '../../sessions/session.js';
import type { MeterValueBody, SessionBody } from '../schema/session.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';
import { tokenEnd } from './token.js';

export function renderSession(session: Session & { readonly siteId: string }): SessionBody {
  const { id, siteId, stationId, evseId, phase, powerW, socFraction, stopReason } = session;
  const { idToken, endedBy } = session;
  const { energyWh, peakW, firstEnergyAtMs } = meterReading(session);
  const durationSec = durationOf(session);
  return defined({
    id,
    siteId,
    stationId,
    evseId,
    phase,
    transactionId: session.transactionId,
    idTokenEnd: idToken === undefined ? undefined : tokenEnd(idToken),
    authorizationStatus: session.authorization?.status,
    pluggedInAt: instant(session.pluggedInAtMs),
    startedAt: instantOrNone(session.startedAtMs),
    endedAt: instantOrNone(session.endedAtMs),
    durationSec,
    firstEnergyAt: instantOrNone(firstEnergyAtMs),
    energyWh,
    averagePowerW:
      energyWh === undefined || durationSec === undefined || durationSec === 0
        ? undefined
        : (energyWh * 3600) / durationSec,
    peakPowerW: peakW,
    powerW,
    currentA: session.drawnA === undefined ? undefined : [...session.drawnA],
    sampledAt: instantOrNone(session.sampledAtMs),
    socFraction,
    stopReason,
    stopReasonText: stopReason === undefined ? undefined : stopReasonText(stopReason),
    endCause: endCauseOf(session),
    endedByTokenEnd: endedBy === undefined ? undefined : tokenEnd(endedBy.idToken),
    notes: sessionNotes(session).map((note) => ({ ...note })),
    claim: renderClaim(session),
  });
}

/** By the station's own times. */
function durationOf({ startedAtMs, endedAtMs, sampledAtMs }: Session): number | undefined {
  const untilMs = endedAtMs ?? sampledAtMs;
  if (startedAtMs === undefined || untilMs === undefined) return undefined;
  return Math.max(0, untilMs - startedAtMs) / 1000;
}

export function renderMeterValue({ atMs, currentA, ...values }: MeterSample): MeterValueBody {
  const { energyWh, powerW, offeredA, socFraction } = values;
  return defined({
    at: instant(atMs),
    energyWh,
    powerW,
    currentA: currentA?.map((it) => it ?? null),
    offeredA,
    socFraction,
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
