/** Faults on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { FAULT_KINDS } from '../../store/operations/fault-ports.js';
import { Id, Instant, PageOf, PageQuery, Word } from './common.js';

export const FaultKindWord = Word([...FAULT_KINDS], 'What kind of trouble.');
export const SeverityWord = Word(['info', 'warning', 'error'], 'How bad it is.');
const StateWord = Word(['open', 'acknowledged', 'solved'], 'Whether somebody looks after it.');

export const FaultSchema = Type.Object(
  {
    id: Type.String(),
    siteId: Type.String(),
    stationId: Type.Optional(Type.String()),
    evseNumber: Type.Optional(Type.Integer()),
    kind: FaultKindWord,
    cause: Type.String({ description: 'What it has in common with others.' }),
    severity: SeverityWord,
    summary: Type.String(),
    state: StateWord,
    firstSeenAt: Instant('First seen.'),
    lastSeenAt: Instant('Last seen.'),
    count: Type.Integer(),
    evidence: Type.Object({
      recordIds: Type.Optional(Type.Array(Type.Integer())),
      messageIds: Type.Optional(Type.Array(Type.Integer())),
      figures: Type.Optional(
        Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
      ),
      series: Type.Optional(Type.Array(Type.Object({ at: Instant('Day.'), value: Type.Number() }))),
    }),
    actor: Type.String({ description: 'Who brought it into its state.' }),
    note: Type.Optional(Type.String()),
    acknowledgedAt: Type.Optional(Instant('Acknowledged.')),
    solvedAt: Type.Optional(Instant('Solved.')),
    version: Type.Integer({ description: 'Its ETag is this number in quotes.' }),
  },
  { title: 'Fault' },
);
export type FaultBody = Static<typeof FaultSchema>;
export const FaultPage = PageOf(FaultSchema, 'FaultPage');

export const FaultParams = Type.Object({ faultId: Id('The fault.') });
export const FaultQuery = Type.Object(
  {
    siteId: Type.Optional(Id('Only of this site.')),
    stationId: Type.Optional(Id('Only of this station.')),
    kind: Type.Optional(FaultKindWord),
    state: Type.Optional(StateWord),
    ...PageQuery,
  },
  { additionalProperties: false },
);

export const FaultPatch = Type.Object(
  { state: StateWord, note: Type.Optional(Type.String({ maxLength: 2000 })) },
  { additionalProperties: false, title: 'FaultPatch' },
);

export const FaultGroups = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          cause: Type.String(),
          kind: FaultKindWord,
          severity: SeverityWord,
          faults: Type.Integer(),
          stations: Type.Integer(),
          firstSeenAt: Instant('Of the oldest.'),
          lastSeenAt: Instant('Of the newest.'),
        },
        { title: 'FaultGroup' },
      ),
    ),
  },
  { title: 'FaultGroupList' },
);
