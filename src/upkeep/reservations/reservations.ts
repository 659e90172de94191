/** Reservations of EVSEs: H01 to H04; 1.6 §5.13, §5.2. */
import type { StationEvent, StationRecord } from '../../ocpp/messages.js';
import {
  cancelReservation,
  reservationUpdate,
  reserveNow,
} from '../../ocpp/requests/reservation.js';
import { fieldOf, textOf } from '../../ocpp/requests/request.js';
import type { StationAt, UpkeepDeps } from '../ports.js';
import { type CallEnd, callStation, onlineVersion } from '../station-call.js';
import type { Reservation } from './reservation.js';

/** The station ends a reservation by its own clock; ours follows a little later. */
const EXPIRY_GRACE_MS = 30_000;
/** Statuses of an EVSE that can be reserved; a station that never reported one decides by itself. */
const FREE: ReadonlySet<string> = new Set(['available']);

export type ReservationAsk = Pick<
  Reservation,
  'evseNumber' | 'idToken' | 'groupIdToken' | 'expiresAtMs' | 'actor'
>;

/** Why an EVSE cannot be reserved now, in words; undefined when it can be tried. */
export function conflictOf(
  { engine }: Pick<UpkeepDeps, 'engine'>,
  { site, stationId }: StationAt,
  evseNumber: number | undefined,
): string | undefined {
  const evses = site.evses.filter((it) => it.stationId === stationId);
  const state = engine.state(site.id);
  const busy = evses.flatMap((evse) => {
    const status = state?.evses.get(evse.id)?.status;
    return status === undefined || FREE.has(status) ? [] : [{ evse, status }];
  });
  if (evseNumber === undefined) {
    return busy.length < evses.length ? undefined : 'every EVSE of the station is in use';
  }
  const found = busy.find(({ evse }) => evse.evseNumber === evseNumber);
  return found === undefined ? undefined : `EVSE ${evseNumber} is ${found.status}`;
}

/**
 * Stores it, asks the station, stores the answer. Throws `already-exists` while there is an open one
 * for the EVSE.
 */
export async function reserve(
  deps: UpkeepDeps,
  station: StationAt,
  ask: ReservationAsk,
): Promise<Reservation> {
  const { site, stationId } = station;
  const { reservations } = deps.store.upkeep;
  const version = onlineVersion(station) ?? 'ocpp1.6';
  const owner = { tenantId: site.tenantId, siteId: site.id, stationId };
  const row = await reservations.create({ ...owner, ...ask, status: 'asked' });
  const token = await deps.store.tokens.find(site.tenantId, row.idToken);
  const type = token === undefined ? {} : { type: token.type };
  const request = reserveNow(version, { ...row, ...type });
  const end = await callStation(deps, station, request, ask.actor);
  return (await reservations.change(row.id, afterAsking(end, deps.clock.nowMs()))) ?? row;
}

function afterAsking(end: CallEnd, nowMs: number): Parameters<ChangeReservation>[1] {
  if (end.status === 'accepted') return { status: 'active' };
  const { detail } = end;
  if (end.status === 'unknown') return { status: 'unknown', detail };
  return { status: 'refused', detail, endedAtMs: nowMs };
}

type ChangeReservation = UpkeepDeps['store']['upkeep']['reservations']['change'];

/**
 * Asks the station to forget it. A station that does not know it has forgotten it already. Without an
 * answer it stays open, because the EVSE may still be held.
 */
export async function cancel(
  deps: UpkeepDeps,
  station: StationAt,
  reservation: Reservation,
  actor: string,
): Promise<{ readonly reservation: Reservation; readonly end: CallEnd }> {
  const { reservations } = deps.store.upkeep;
  const end = await callStation(deps, station, cancelReservation(reservation.id), actor);
  const nowMs = deps.clock.nowMs();
  const change: Parameters<ChangeReservation>[1] =
    end.status === 'accepted'
      ? { status: 'cancelled', endedAtMs: nowMs }
      : end.status === 'refused' && end.response !== undefined
        ? { status: 'cancelled', endedAtMs: nowMs, detail: `the station: ${end.detail}` }
        : { detail: `cancelling: ${end.detail}` };
  const changed = await reservations.change(reservation.id, change);
  return { reservation: changed ?? reservation, end };
}

/** Clocks of stations and ours differ. */
const CLOCK_SLACK_MS = 60_000;

/**
 * A start with its token uses a reservation; so does any start on an EVSE reserved for a group. One of
 * before, told only now, does not.
 */
export async function useReservations(
  deps: UpkeepDeps,
  event: Extract<StationEvent, { type: 'transaction.started' }>,
): Promise<void> {
  const { reservations } = deps.store.upkeep;
  const open = await reservations.open(event.stationId);
  const used = open.find(
    (it) =>
      event.atMs >= it.createdAtMs - CLOCK_SLACK_MS &&
      (it.evseNumber === undefined || it.evseNumber === event.evseNumber) &&
      (it.groupIdToken === undefined
        ? isSameToken(it.idToken, event.idToken)
        : it.evseNumber !== undefined || isSameToken(it.idToken, event.idToken)),
  );
  if (used === undefined) return;
  const detail = `transaction ${event.transactionId}`;
  await reservations.change(used.id, { status: 'used', detail, endedAtMs: event.receivedAtMs });
}

function isSameToken(a: string, b: string | undefined): boolean {
  return a.toUpperCase() === b?.toUpperCase();
}

/** H04: the station ended a reservation by itself. */
export async function takeReservationUpdate(
  deps: UpkeepDeps,
  { stationId, data, receivedAtMs }: StationRecord,
): Promise<void> {
  const { reservations } = deps.store.upkeep;
  const wireStatus = textOf(data, 'reservationUpdateStatus');
  const status = reservationUpdate(wireStatus);
  const id = fieldOf(data, 'reservationId');
  const known = (await reservations.open(stationId)).find((it) => it.id === id);
  if (known === undefined || status === undefined) return;
  const detail = `the station: ${wireStatus}`;
  await reservations.change(known.id, { status, detail, endedAtMs: receivedAtMs });
}

/** Ends what is over by our clock, in case the station did not say so. */
export async function expireReservations(deps: UpkeepDeps): Promise<void> {
  const { reservations } = deps.store.upkeep;
  const nowMs = deps.clock.nowMs();
  for (const { id, expiresAtMs } of await reservations.open()) {
    if (expiresAtMs + EXPIRY_GRACE_MS > nowMs) continue;
    await reservations.change(id, { status: 'expired', endedAtMs: expiresAtMs });
  }
}
