/** Sessions and claims on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Instant, PageOf, PageQuery, Word } from './common.js';
import { SessionPhaseSchema } from './live.js';

const CLAIM_ENERGY_MAX_WH = 1_000_000;
export const CLAIM_AHEAD_MAX_DAYS = 14;

export const SessionParams = Type.Object({
  sessionId: Type.String({ minLength: 1, maxLength: 200 }),
});

export const SessionQuery = Type.Object(
  {
    siteId: Type.Optional(Id('Only of this site.')),
    stationId: Type.Optional(Id('Only of this charging station.')),
    state: Type.Optional(Word(['active', 'all'], 'Not yet ended, or all; all if absent.')),
    ...PageQuery,
  },
  { additionalProperties: false },
);

export const ClaimSchema = Type.Object(
  {
    departureAt: Instant(`In the future, at most ${CLAIM_AHEAD_MAX_DAYS} days ahead.`),
    energyWh: Type.Number({
      minimum: 0,
      maximum: CLAIM_ENERGY_MAX_WH,
      description: 'Total energy wanted from the start of the transaction, Wh.',
    }),
  },
  { additionalProperties: false, title: 'Claim' },
);

export const SessionSchema = Type.Object(
  {
    id: Type.String(),
    siteId: Type.String(),
    stationId: Type.String(),
    evseId: Type.String(),
    phase: SessionPhaseSchema,
    idTokenEnd: Type.Optional(Type.String({ description: 'Last four characters of the token.' })),
    pluggedInAt: Instant('Plug-in.'),
    startedAt: Type.Optional(Instant('Start of the transaction.')),
    endedAt: Type.Optional(Instant('End of the session.')),
    energyWh: Type.Optional(Type.Number({ description: 'Delivered, Wh; absent: not known yet.' })),
    powerW: Type.Optional(Type.Number({ description: 'Drawn at the last sample, W.' })),
    currentA: Type.Optional(
      Type.Array(Type.Number(), { description: 'Drawn at the last sample, A per channel.' }),
    ),
    sampledAt: Type.Optional(Instant('Last sample.')),
    socFraction: Type.Optional(Type.Number()),
    stopReason: Type.Optional(Type.String()),
    claim: Type.Optional(
      Type.Object({
        departureAt: Instant('Departure.'),
        energyWh: Type.Number(),
        remainingWh: Type.Number({ description: 'Still to be delivered, Wh.' }),
        setAt: Instant('When it was said.'),
      }),
    ),
  },
  { title: 'Session' },
);
export type SessionBody = Static<typeof SessionSchema>;
export const SessionPage = PageOf(SessionSchema, 'SessionPage');
