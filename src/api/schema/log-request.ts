import { Type } from 'typebox';
import type { Static } from 'typebox';
import { LOG_STATUSES } from '../../upkeep/diagnostics/log-request.js';
import { Id, Instant, PageOf, Word } from './common.js';
import { Actor, closed, Detail, Tries } from './upkeep.js';

const LogTypeSchema = Word(
  ['diagnostics', 'security', 'data-collector'],
  'OCPP 1.6 knows security with its security extension; data-collector is of OCPP 2.1.',
);

export const LogRequestCreate = Type.Object(
  {
    stationId: Id('The charging station.'),
    logType: LogTypeSchema,
    oldestAt: Type.Optional(Instant('From.')),
    latestAt: Type.Optional(Instant('To.')),
    ...Tries,
  },
  { ...closed, title: 'LogRequestCreate' },
);

export const LogRequestSchema = Type.Object(
  {
    id: Type.Integer(),
    siteId: Type.String(),
    stationId: Type.String(),
    logType: LogTypeSchema,
    oldestAt: Type.Optional(Instant('From.')),
    latestAt: Type.Optional(Instant('To.')),
    status: Word([...LOG_STATUSES], '`uploaded`: the file is here. `unknown`: no answer came.'),
    detail: Detail,
    fileName: Type.Optional(Type.String({ description: 'As the station calls it.' })),
    file: Type.Optional(
      Type.Object({
        sizeBytes: Type.Integer(),
        sha256: Type.String({ description: 'Hex.' }),
        receivedAt: Instant('Received.'),
      }),
    ),
    createdAt: Instant('Asked for.'),
    updatedAt: Instant('Last news.'),
    endedAt: Type.Optional(Instant('Over since.')),
    actor: Actor,
  },
  { title: 'LogRequest' },
);
export type LogRequestBody = Static<typeof LogRequestSchema>;
export const LogRequestPage = PageOf(LogRequestSchema, 'LogRequestPage');
