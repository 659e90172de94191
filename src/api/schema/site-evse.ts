/** An EVSE of a site on the wire. */
import { Type } from 'typebox';
import { EVSE_NUMBER_MAX } from '../../../profiles/index.js';
import { ROTATIONS } from '../../sites/rotation.js';
import { EvseIdText, Id, Word } from './common.js';

export const CURRENT_MAX_A = 10_000;
export const Positive = (maximum: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum, description });
export const CircuitName = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'Id of a circuit.',
});
export const closed = { additionalProperties: false };

const PilotsSchema = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('continuous'),
      minA: Positive(CURRENT_MAX_A, 'A.'),
      stepA: Positive(100, 'A.'),
    },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('set'),
      valuesA: Type.Array(Positive(CURRENT_MAX_A, 'A.'), { minItems: 1, maxItems: 64 }),
    },
    closed,
  ),
]);

export const EvseSchema = Type.Object(
  {
    id: Type.Optional(EvseIdText('`{stationId}:{evseNumber}`; made so if absent.')),
    stationId: Id('Its charging station.'),
    evseNumber: Type.Integer({ minimum: 1, maximum: EVSE_NUMBER_MAX }),
    circuitId: CircuitName,
    channels: Type.Optional(Type.Array(Type.Boolean(), { minItems: 3, maxItems: 3 })),
    rotation: Type.Optional(
      Word(
        [...ROTATIONS],
        'To which phases of the supply its L1, L2, L3 are connected. Absent: not known, and a ' +
          'vehicle counts on all of them whatever it uses.',
      ),
    ),
    currentMaxA: Positive(CURRENT_MAX_A, 'Hardware maximum per channel, A.'),
    pilots: Type.Optional(PilotsSchema),
    switchesPhases: Type.Optional(
      Type.Literal(true, {
        description:
          'It switches a session between three phases and one when it is told to. Needs its rotation. ' +
          'Absent: it is told of phases only where its station declares it and a smart-charging test has ' +
          'shown it. A test that has shown the contrary counts more.',
      }),
    ),
    dc: Type.Optional(
      Type.Object(
        {
          efficiencyMin: Type.Number({
            minimum: 0.5,
            maximum: 1,
            description: 'Of what it takes beside its standby, what the vehicle gets at the least.',
          }),
          standbyW: Type.Number({
            minimum: 0,
            maximum: 100_000,
            description: 'What it takes whether anybody charges or not, W.',
          }),
        },
        {
          ...closed,
          description:
            'It gives direct current. Its limits are told in W that it gives; currentMaxA and channels are ' +
            'those of its supply, which it loads alike. Absent: alternating current.',
        },
      ),
    ),
  },
  closed,
);
