/** The plan of a site on the wire. */
import { Type } from 'typebox';
import { Instant, Word } from './common.js';

const Cost = (description: string) =>
  Type.Optional(Type.String({ description: `${description} Decimal, in \`currency\`.` }));

const PlannedSession = Type.Object(
  {
    sessionId: Type.String(),
    evseId: Type.String(),
    source: Word(
      ['claim', 'history', 'assumed'],
      'Who said what it needs: driver, owner or vehicle; or what its token did before; or nobody, where ' +
        'peaks cost something and a common need is assumed.',
    ),
    energyWh: Type.Number({ description: 'Still wanted when the plan was made, Wh.' }),
    departureAt: Instant('When it is expected to leave.'),
    plannedWh: Type.Number({ description: 'Of it planned, Wh.' }),
    finishedAt: Type.Optional(Instant('When what is planned is delivered.')),
    cost: Cost('Of what it takes from now on.'),
    targetA: Type.Optional(
      Type.Number({
        description: 'What the plan gives it now, A per conductor; absent: nothing is said.',
      }),
    ),
    targetIsMax: Type.Boolean({ description: 'True: more would cost more and is not needed.' }),
    sentence: Type.Optional(Type.String({ description: 'The same in words.' })),
    steps: Type.Array(
      Type.Object({ at: Instant('From then.'), targetA: Type.Number({ description: 'A.' }) }),
    ),
  },
  { title: 'PlannedSession' },
);

export const PlanSchema = Type.Object(
  {
    sentence: Type.String({ description: 'In words.' }),
    warning: Type.Optional(Type.String({ description: 'What was told and is left out, and why.' })),
    solver: Word(
      ['auto', 'structured', 'highs', 'javascript-lp-solver', 'off'],
      'As the site is set.',
    ),
    engine: Type.Optional(
      Word(['structured', 'highs', 'javascript-lp-solver'], 'Whose plan passed the check.'),
    ),
    madeAt: Type.Optional(Instant('What the plan was made from.')),
    staleAt: Type.Optional(Instant('Without effect from then on.')),
    horizonEndsAt: Type.Optional(Instant('How far the plan looks.')),
    currency: Type.Optional(Type.String()),
    cost: Cost('Of all import over the horizon, the building included, less what export earns.'),
    peakW: Type.Optional(Type.Number({ description: 'The highest import planned, W.' })),
    vehiclesMaxW: Type.Optional(
      Type.Number({
        description:
          'What vehicles may draw together now so that no dearer peak comes, W; absent: peaks cost nothing.',
      }),
    ),
    sessions: Type.Array(PlannedSession),
    storage: Type.Array(
      Type.Object({
        storageId: Type.String(),
        steps: Type.Array(
          Type.Object({
            at: Instant('From then.'),
            powerW: Type.Number({ description: 'Positive charges it, W.' }),
          }),
        ),
      }),
    ),
  },
  {
    title: 'Plan',
    description: 'Advice to the allocator; limits and guarantees do not rest on it.',
  },
);
