/** The log of OCPP messages on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Instant, PageOf, PageQuery, Word } from './common.js';

const FILTERS = {
  from: Type.Optional(Instant('Seen at or after.')),
  to: Type.Optional(Instant('Seen before.')),
  direction: Type.Optional(Word(['in', 'out'], '`in` is from the station.')),
  action: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Of calls and of their answers.' }),
  ),
  type: Type.Optional(
    Type.Integer({ minimum: 2, maximum: 6, description: '2 call, 3 result, 4 error, 6 send.' }),
  ),
  text: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'Occurs anywhere in the message.' }),
  ),
  only: Type.Optional(Word(['errors'], 'CALLERRORs, and frames that are no OCPP-J.')),
  order: Type.Optional(Word(['newest-first', 'oldest-first'], 'Newest first if absent.')),
};

export const MessageQuery = Type.Object(
  { ...FILTERS, ...PageQuery },
  { additionalProperties: false },
);
export type MessageFilters = Static<typeof MessageQuery>;

export const MessageExportQuery = Type.Object(
  { ...FILTERS, format: Word(['ndjson', 'csv'], 'One JSON object, or one row, a line.') },
  { additionalProperties: false },
);

const StationMessage = Type.Object(
  {
    id: Type.Integer(),
    at: Instant('Seen by the gateway.'),
    direction: Word(['in', 'out'], '`in` is from the station.'),
    version: Type.Optional(Type.String()),
    messageType: Type.Optional(Type.Integer()),
    messageId: Type.Optional(Type.String()),
    action: Type.Optional(Type.String()),
    errorCode: Type.Optional(Type.String()),
    bytes: Type.Integer(),
    message: Type.Unknown({
      description: 'The frame, secrets masked; a text where it is no JSON.',
    }),
    violation: Type.Optional(
      Type.String({ description: 'What breaks the schema of its version, in words.' }),
    ),
  },
  { title: 'StationMessage' },
);
export type StationMessageBody = Static<typeof StationMessage>;
export const StationMessagePage = PageOf(StationMessage, 'StationMessagePage');

export const MessageLogSettings = Type.Object(
  {
    keepFraction: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Share of calls that is kept, each with its answer: 1 all, 0 none.',
    }),
  },
  { additionalProperties: false, title: 'MessageLogSettings' },
);

const StationConnection = Type.Object(
  {
    id: Type.Integer(),
    version: Type.Optional(Type.String()),
    remoteAddress: Type.Optional(Type.String()),
    openedAt: Instant('Opened.'),
    lastMessageAt: Type.Optional(Instant('Last frame of the station.')),
    closedAt: Type.Optional(Instant('Closed; absent while it is open.')),
    durationSec: Type.Number(),
    closeCode: Type.Optional(Type.Integer({ description: 'RFC 6455, section 7.4.' })),
    closeReason: Type.Optional(Type.String({ description: 'In words.' })),
    messagesIn: Type.Integer(),
    messagesOut: Type.Integer(),
  },
  { title: 'StationConnection' },
);
export type StationConnectionBody = Static<typeof StationConnection>;
export const StationConnectionPage = PageOf(StationConnection, 'StationConnectionPage');
