/** Reservations of EVSEs. */
import { authorize } from '../../control/authorize.js';
import { hasCode } from '../../platform/errors.js';
import { tokenLengthMax } from '../../ocpp/requests/local-list.js';
import type { OcppVersion } from '../../ocpp/messages.js';
import type { Site } from '../../sites/site.js';
import type { Reservation } from '../../upkeep/reservations/reservation.js';
import type { StationAt } from '../../upkeep/ports.js';
import { cancel, conflictOf, reserve } from '../../upkeep/reservations/reservations.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant, instantOrNone } from '../render/instant.js';
import { problems, READ_ONE, WRITE_ONE } from '../route-schema.js';
import {
  RESERVATION_DAYS_MAX,
  type ReservationBody,
  ReservationCreate,
  ReservationPage,
  ReservationSchema,
} from '../schema/reservation.js';
import { NumberParams } from '../schema/upkeep.js';
import { changeOf, onlineStation, sent } from '../upkeep-station.js';
import { write } from '../write.js';
import { numbered, numberedReads } from './numbered-reads.js';

const DAY_MS = 24 * 3_600_000;

export function reservations(app: App, api: ApiContext): void {
  numberedReads(app, reads(api));

  app.post(
    '/v1/reservations',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Reserve an EVSE for a token',
        description:
          '201 also where the station refuses or does not answer: `status` and `detail` say so.',
        tags: ['reservations'],
        body: ReservationCreate,
        response: {
          201: ReservationSchema,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { body } = request;
      const { station, version } = onlineStation(api, caller, body.stationId);
      const { evseNumber, idToken, groupIdToken } = body;
      checkEvse(station.site, body);
      checkToken(version, '/idToken', idToken);
      checkToken(version, '/groupIdToken', groupIdToken);
      const expiresAtMs = expiryOf(body.expiresAt, api.clock.nowMs());
      const conflict = conflictOf(api, station, evseNumber);
      if (conflict !== undefined) throw new Problem('conflict', { detail: conflict });
      await refuseBlocked(api, station, idToken);
      const { actor } = caller;
      const ask = defined({ evseNumber, idToken, groupIdToken, expiresAtMs, actor });
      const row = await write(
        api,
        changeOf(station, caller, {
          action: 'reservation.asked',
          target: `station:${station.stationId}`,
          after: { evseNumber, expiresAt: instant(expiresAtMs) },
        }),
        () => reserve(api.upkeep, station, ask).catch(nameTaken),
      );
      return reply.status(201).send(render(row));
    },
  );

  app.delete(
    '/v1/reservations/:id',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Cancel a reservation',
        description: 'It stays open where the station does not answer: the EVSE may still be held.',
        tags: ['reservations'],
        params: NumberParams,
        response: {
          200: ReservationSchema,
          ...problems(...READ_ONE, 'conflict'),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const found = await numbered(reads(api), caller.tenantId, request.params.id);
      if (found.endedAtMs !== undefined) {
        throw new Problem('conflict', { detail: `the reservation is ${found.status} already` });
      }
      const { station } = onlineStation(api, caller, found.stationId);
      const { reservation, end } = await write(
        api,
        changeOf(station, caller, {
          action: 'reservation.cancelled',
          target: `reservation:${found.id}`,
        }),
        () => cancel(api.upkeep, station, found, caller.actor),
      );
      sent(end);
      return render(reservation);
    },
  );
}

/** How they are read. */
const reads = (api: ApiContext) => ({
  rows: () => api.store.upkeep.reservations,
  path: '/v1/reservations',
  nouns: ['reservation', 'Reservations'] as const,
  tag: 'reservations',
  schema: ReservationSchema,
  page: ReservationPage,
  render,
});

function checkEvse(
  site: Site,
  { stationId, evseNumber }: { readonly stationId: string; readonly evseNumber?: number },
): void {
  const isThere = site.evses.some(
    (it) => it.stationId === stationId && it.evseNumber === evseNumber,
  );
  if (evseNumber !== undefined && !isThere) {
    throw invalid('/evseNumber', `the station has no EVSE ${evseNumber}`);
  }
}

function checkToken(version: OcppVersion, pointer: string, token: string | undefined): void {
  const lengthMax = tokenLengthMax(version);
  if ((token?.length ?? 0) > lengthMax) {
    throw invalid(pointer, `at most ${lengthMax} characters in ${version}`);
  }
}

/** Whose token cannot charge there would only keep others away. One that is not known yet may be. */
async function refuseBlocked(api: ApiContext, station: StationAt, idToken: string): Promise<void> {
  const ask = { idToken, purpose: 'look-up', atMs: api.clock.nowMs() } as const;
  const { status } = await orUnavailable(authorize(api, station, ask));
  if (status === 'Accepted' || status === 'Unknown' || status === 'ConcurrentTx') return;
  throw new Problem('conflict', { detail: `the token is ${status} at this station` });
}

function expiryOf(text: string, nowMs: number): number {
  const expiresAtMs = Date.parse(text);
  const lastMs = nowMs + RESERVATION_DAYS_MAX * DAY_MS;
  if (expiresAtMs > nowMs && expiresAtMs <= lastMs) return expiresAtMs;
  const range = `after the site's time ${instant(nowMs)} and at most ${instant(lastMs)}`;
  throw invalid('/expiresAt', `must be ${range}`);
}

function nameTaken(error: unknown): never {
  if (!hasCode(error, 'already-exists')) throw error;
  throw new Problem('conflict', { detail: 'there is an open reservation already', cause: error });
}

function render(row: Reservation): ReservationBody {
  return defined({
    id: row.id,
    siteId: row.siteId,
    stationId: row.stationId,
    evseNumber: row.evseNumber,
    idTokenEnd: row.idToken.slice(-4),
    status: row.status,
    detail: row.detail,
    expiresAt: instant(row.expiresAtMs),
    createdAt: instant(row.createdAtMs),
    endedAt: instantOrNone(row.endedAtMs),
    actor: row.actor,
  });
}
