/** What stations reported beside charging. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Instant, PageOf, PageQuery, Word } from './common.js';

const Kind = Word(
  [
    'certificate-request',
    'charging-limit',
    'charging-limit-cleared',
    'charging-profiles',
    'customer-information',
    'data-transfer',
    'der',
    'display-messages',
    'ev-charging-needs',
    'ev-charging-schedule',
    'firmware-status',
    'log-status',
    'monitor-event',
    'monitoring-report',
    'other',
    'priority-charging',
    'reservation-status',
    'security-event',
    'settlement',
  ],
  'What the station reported.',
);

export const RecordQuery = Type.Object(
  {
    kind: Type.Optional(Kind),
    requestId: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Of the request of ours that it answers.',
      }),
    ),
    from: Type.Optional(Instant('Received at or after.')),
    ...PageQuery,
  },
  { additionalProperties: false },
);

const StationRecord = Type.Object(
  {
    kind: Kind,
    severity: Word(['info', 'warning', 'error'], 'How much it matters.'),
    at: Instant("By the station's clock where it said so."),
    receivedAt: Instant('Received.'),
    evseNumber: Type.Optional(Type.Integer()),
    requestId: Type.Optional(Type.Integer()),
    summary: Type.String({ description: 'One sentence, without secrets.' }),
    data: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The payload as received, tokens and passwords masked.',
    }),
  },
  { title: 'StationRecord' },
);
export type StationRecordBody = Static<typeof StationRecord>;
export const StationRecordPage = PageOf(StationRecord, 'StationRecordPage');
