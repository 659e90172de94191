import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Instant, PageOf, Word } from './common.js';
import { Actor, closed, Detail, Token } from './upkeep.js';

export const RESERVATION_DAYS_MAX = 30;

export const ReservationCreate = Type.Object(
  {
    stationId: Id('The charging station.'),
    evseNumber: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 9999, description: 'Absent: any EVSE of the station.' }),
    ),
    idToken: Token('Whom it is for. OCPP 1.6: at most 20 characters.'),
    groupIdToken: Type.Optional(Token('Every token of this group may use it.')),
    expiresAt: Instant(`In the future, at most ${RESERVATION_DAYS_MAX} days ahead.`),
  },
  { ...closed, title: 'ReservationCreate' },
);

export const ReservationSchema = Type.Object(
  {
    id: Type.Integer(),
    siteId: Type.String(),
    stationId: Type.String(),
    evseNumber: Type.Optional(Type.Integer()),
    idTokenEnd: Type.String({ description: 'Last four characters of the token.' }),
    status: Word(
      ['asked', 'active', 'unknown', 'refused', 'used', 'cancelled', 'expired', 'removed'],
      '`unknown`: no answer came, the station may hold it. `removed`: by the station.',
    ),
    detail: Detail,
    expiresAt: Instant('Ends by itself.'),
    createdAt: Instant('Asked for.'),
    endedAt: Type.Optional(Instant('Over since.')),
    actor: Actor,
  },
  { title: 'Reservation' },
);
export type ReservationBody = Static<typeof ReservationSchema>;
export const ReservationPage = PageOf(ReservationSchema, 'ReservationPage');
