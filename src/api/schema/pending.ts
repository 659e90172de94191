/** Stations that nobody has provisioned, on the wire. */
import { Type } from 'typebox';
import { Id, Instant } from './common.js';
import { EvseSchema } from './site-evse.js';

export const PendingParams = Type.Object({
  identity: Type.String({ minLength: 1, maxLength: 48, description: 'As it presented itself.' }),
});

export const PendingSchema = Type.Object(
  {
    identity: Type.String({ description: 'OCPP identity that it presented.' }),
    firstSeenAt: Instant('First attempt.'),
    lastSeenAt: Instant('Latest attempt.'),
    attempts: Type.Integer(),
    remoteAddress: Type.String(),
    subprotocols: Type.String({ description: 'Sec-WebSocket-Protocol as it offered it.' }),
    userAgent: Type.String(),
  },
  { title: 'PendingStation' },
);
export const PendingList = Type.Object(
  { items: Type.Array(PendingSchema) },
  { title: 'PendingStationList' },
);

export const PendingAccept = Type.Object(
  {
    siteId: Id('The site that it belongs to from now on.'),
    evses: Type.Array(Type.Omit(EvseSchema, ['id', 'stationId']), {
      minItems: 1,
      maxItems: 64,
      description: 'Its EVSEs: circuit and hardware maximum of each.',
    }),
  },
  { additionalProperties: false, title: 'PendingStationAccept' },
);

export const SecretParams = Type.Object({ stationId: Id('The charging station.') });
export const SecretRotated = Type.Object(
  {
    stationId: Type.String(),
    secret: Type.String({
      description:
        'The new HTTP Basic password, shown this once. The one before stays good until the station ' +
        'has come in with this one.',
    }),
  },
  { title: 'StationSecret' },
);
