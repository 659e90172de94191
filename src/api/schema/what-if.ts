/** What a site would get if. */
import { Type } from 'typebox';
import { Instant, Word } from './common.js';
import { Currency, Money, PricesTold } from './price.js';
import { POWER_MAX_W } from './site.js';

const closed = { additionalProperties: false };
const VISITS_MAX = 200;
const COUNT_MAX = 500;
const SESSIONS_MAX = 1000;
const CircuitName = Type.String({ minLength: 1, maxLength: 64, description: 'Id of a circuit.' });

const Visit = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({ minimum: 1, maximum: COUNT_MAX, description: 'Such vehicles; 1 if absent.' }),
    ),
    circuitId: CircuitName,
    arrivalAt: Instant('Not before now.'),
    departureAt: Instant('At most 36 hours ahead.'),
    energyWh: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000, description: 'Wh.' }),
    powerMaxW: Type.Number({
      exclusiveMinimum: 0,
      maximum: POWER_MAX_W,
      description: 'The most that each takes, on all phases, W.',
    }),
  },
  closed,
);

export const WhatIfAsked = Type.Object(
  {
    importLimitW: Type.Optional(
      Type.Union([
        Type.Number({ minimum: 0, maximum: POWER_MAX_W }),
        Type.Null({ description: 'The ratings alone.' }),
      ]),
    ),
    ratings: Type.Optional(
      Type.Array(
        Type.Object(
          {
            circuitId: CircuitName,
            factor: Type.Number({
              minimum: 0,
              maximum: 100,
              description: 'Every limit of the circuit times this.',
            }),
          },
          closed,
        ),
        { maxItems: 100 },
      ),
    ),
    prices: Type.Optional(PricesTold),
    demandCharge: Type.Optional(
      Type.Union([
        Type.Null({ description: 'None.' }),
        Type.Object({ currency: Currency, pricePerKw: Money('Per kW.') }, closed),
      ]),
    ),
    withoutSessions: Type.Optional(
      Type.Union([
        Type.Literal('all'),
        Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: SESSIONS_MAX }),
      ]),
    ),
    vehicles: Type.Optional(Type.Array(Visit, { maxItems: VISITS_MAX })),
  },
  { ...closed, title: 'WhatIfAsked' },
);

const OutcomeSchema = Type.Object(
  {
    vehicles: Type.Integer({ description: 'That charge or are asked about.' }),
    vehiclesServed: Type.Integer({ description: 'Of them those that get all that they want.' }),
    wantedWh: Type.Number({ description: 'Wh.' }),
    servedWh: Type.Number({ description: 'Wh.' }),
    unmetWh: Type.Number({ description: 'Wh.' }),
    peakW: Type.Number({ description: 'The highest import, what is reached already included, W.' }),
    boundBy: Type.Array(
      Type.Object({
        circuitId: Type.String(),
        by: Word(
          ['circuit', 'order'],
          "circuit: its ratings, or the owner's limit; order: of the grid, or what is kept back from import.",
        ),
        durationSec: Type.Number({ description: 'How long it is used up over the horizon, s.' }),
      }),
      { description: 'Circuits that stop vehicles, longest first.' },
    ),
    currency: Type.Optional(Type.String()),
    cost: Type.Optional(
      Type.String({
        description:
          'Of energy: import over the horizon, the building included, less export; decimal. Without the ' +
          'demand charge.',
      }),
    ),
    demandCost: Type.Optional(
      Type.String({
        description:
          'Of `peakW` for the whole billing month, decimal; absent: there is no demand charge.',
      }),
    ),
  },
  { title: 'WhatIfOutcome' },
);

export const WhatIfSchema = Type.Object(
  {
    horizonEndsAt: Instant('How far both look.'),
    asItIs: OutcomeSchema,
    asAsked: OutcomeSchema,
  },
  { title: 'WhatIf' },
);
