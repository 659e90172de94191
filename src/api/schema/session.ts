/** Sessions and claims on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Instant, PageOf, PageQuery, Word } from './common.js';
import { SessionPhaseSchema } from './live.js';
import { IdTokenText } from './token.js';

const CLAIM_ENERGY_MAX_WH = 1_000_000;
export const CLAIM_AHEAD_MAX_DAYS = 14;

export const SessionParams = Type.Object({
  sessionId: Type.String({ minLength: 1, maxLength: 200 }),
});

export const SessionQuery = Type.Object(
  {
    siteId: Type.Optional(Id('Only of this site.')),
    stationId: Type.Optional(Id('Only of this charging station.')),
    state: Type.Optional(
      Word(
        ['active', 'all', 'plugged', 'charging', 'finished', 'ended'],
        'active: not yet ended; charging: a transaction runs; finished: it has ended, the vehicle ' +
          'may still be there. All if absent.',
      ),
    ),
    idToken: Type.Optional(IdTokenText('Only of this token.')),
    from: Type.Optional(Instant('Plugged in at or after.')),
    to: Type.Optional(Instant('Plugged in before.')),
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
    transactionId: Type.Optional(
      Type.String({ description: 'As the station and remote-stop name its transaction.' }),
    ),
    idTokenEnd: Type.Optional(Type.String({ description: 'Last four characters of the token.' })),
    pluggedInAt: Instant('Plug-in.'),
    startedAt: Type.Optional(Instant('Start of the transaction.')),
    endedAt: Type.Optional(Instant('End of the transaction, or of the session without one.')),
    authorizationStatus: Type.Optional(
      Type.String({ description: 'What the station was told about the token.' }),
    ),
    durationSec: Type.Optional(
      Type.Number({ description: 'From start to end, or to the last sample, s.' }),
    ),
    firstEnergyAt: Type.Optional(Instant('The first sample that shows energy flowing.')),
    averagePowerW: Type.Optional(Type.Number({ description: 'Energy over duration, W.' })),
    peakPowerW: Type.Optional(Type.Number({ description: 'The highest sample, W.' })),
    energyWh: Type.Optional(Type.Number({ description: 'Delivered, Wh; absent: not known yet.' })),
    powerW: Type.Optional(Type.Number({ description: 'Drawn at the last sample, W.' })),
    currentA: Type.Optional(
      Type.Array(Type.Number(), { description: 'Drawn at the last sample, A per channel.' }),
    ),
    sampledAt: Type.Optional(Instant('Last sample.')),
    socFraction: Type.Optional(Type.Number()),
    stopReason: Type.Optional(Type.String({ description: "The station's word." })),
    stopReasonText: Type.Optional(Type.String({ description: 'The same in a sentence.' })),
    endCause: Type.Optional(
      Word(
        ['station', 'power-loss', 'superseded', 'start-unseen', 'no-transaction'],
        'Who says that it is over: the station, or we, because it was free again after a boot or ' +
          'another transaction started; start-unseen: only messages of hours ago are known of it; ' +
          'no-transaction: plugged in and out.',
      ),
    ),
    endedByTokenEnd: Type.Optional(
      Type.String({ description: 'Last characters of the token that ended it.' }),
    ),
    notes: Type.Array(
      Type.Object({
        code: Type.String(),
        text: Type.String({ description: 'One sentence.' }),
      }),
      { description: 'What is odd about it, by the numbers that the station sent.' },
    ),
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

export const MeterValueQuery = Type.Object(PageQuery, { additionalProperties: false });

const MeterValueSchema = Type.Object(
  {
    at: Instant("When it was measured, by the station's clock."),
    energyWh: Type.Optional(Type.Number({ description: 'Register as reported, Wh.' })),
    powerW: Type.Optional(Type.Number()),
    currentA: Type.Optional(
      Type.Array(Type.Union([Type.Number(), Type.Null()]), {
        description: 'As the station numbers its phases, A; null: not reported.',
      }),
    ),
    offeredA: Type.Optional(Type.Number()),
    socFraction: Type.Optional(Type.Number()),
  },
  { title: 'MeterValue' },
);
export type MeterValueBody = Static<typeof MeterValueSchema>;
export const MeterValuePage = PageOf(MeterValueSchema, 'MeterValuePage');
