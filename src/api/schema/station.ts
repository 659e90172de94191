/** Charging stations on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Instant, PageOf, PageQuery, Word } from './common.js';
import { EvsePart } from './site.js';

export const StationParams = Type.Object({ stationId: Id('The charging station.') });
export const StationQuery = Type.Object(
  { ...PageQuery, siteId: Type.Optional(Id('Only of this site.')) },
  { additionalProperties: false },
);

const VersionWord = (description: string) => Word(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'], description);
const SchemaModeWord = Word(
  ['lenient', 'strict'],
  'lenient: slips of real firmware are mended and logged; strict: answered with an error.',
);

export const StationSchema = Type.Object(
  {
    id: Type.String(),
    siteId: Type.String(),
    offlineTested: Type.Boolean({ description: 'Fallback and leases earn credit while offline.' }),
    evseIds: Type.Array(Type.String()),
    stage: Word(
      ['offline', 'connecting', 'reading', 'installing', 'ready'],
      'How far the first contact has come.',
    ),
    stageSinceAt: Type.Optional(Instant('In this stage since.')),
    version: Type.Optional(VersionWord('Protocol in use.')),
    vendor: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    firmware: Type.Optional(Type.String()),
    serial: Type.Optional(Type.String()),
    connectedAt: Type.Optional(Instant('Last connection.')),
    disconnectedAt: Type.Optional(Instant('Last loss of the connection.')),
    closeReason: Type.Optional(Type.String()),
    lastMessageAt: Type.Optional(Instant('Last message.')),
    trouble: Type.Optional(Type.String({ description: 'What it refuses, in words.' })),
    schemaMode: Type.Optional(SchemaModeWord),
    pinnedVersion: Type.Optional(VersionWord('The only version spoken with it.')),
  },
  { title: 'ChargingStation' },
);
export type StationBody = Static<typeof StationSchema>;
export const StationPage = PageOf(StationSchema, 'ChargingStationPage');

export const StationAdd = Type.Object(
  {
    id: Id('OCPP identity; unique in the installation.'),
    evses: Type.Array(EvsePart, { minItems: 1, maxItems: 100 }),
  },
  { additionalProperties: false, title: 'ChargingStationAdd' },
);

export const StationCreate = Type.Object(
  { siteId: Id('The site that lists it.'), stationId: Id('OCPP identity.') },
  { additionalProperties: false, title: 'ChargingStationCreate' },
);
export const StationPatch = Type.Object(
  {
    offlineTested: Type.Optional(Type.Boolean()),
    schemaMode: Type.Optional(SchemaModeWord),
    pinnedVersion: Type.Optional(
      Type.Union([VersionWord('The only version spoken with it.'), Type.Null()], {
        description: 'null: the first version that it offers and we know.',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1, title: 'ChargingStationPatch' },
);
export const StationCreated = Type.Object(
  {
    stationId: Type.String(),
    siteId: Type.String(),
    secret: Type.String({ description: 'HTTP Basic password of the station. Shown this once.' }),
  },
  { title: 'ChargingStationCreated' },
);

export const CommandTaken = Type.Object(
  { status: Type.Literal('queued', { description: 'Stored; it goes out after anything urgent.' }) },
  { title: 'CommandTaken' },
);
