import { Type } from 'typebox';
import { Instant } from './common.js';

export const SAMPLE_AHEAD_MAX_SEC = 60;

export const MeterSamples = Type.Object(
  {
    samples: Type.Array(
      Type.Object(
        {
          circuitId: Type.String({ minLength: 1, maxLength: 64 }),
          meterId: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 64,
              description:
                'A meter of the site at this circuit. Of kind generation: what its PV gives, positive; ' +
                'of kind grid: all import, vehicles included. Both are for forecasts and plans alone. ' +
                'Of kind load, or absent: the uncontrolled load.',
            }),
          ),
          at: Instant(`When it was measured; at most ${SAMPLE_AHEAD_MAX_SEC} s ahead.`),
          currentA: Type.Array(Type.Number({ minimum: -10_000, maximum: 10_000 }), {
            minItems: 3,
            maxItems: 3,
            description: 'Current per conductor, A. Of uncontrolled load, export is negative.',
          }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  { additionalProperties: false, title: 'MeterSamples' },
);

export const SamplesTaken = Type.Object(
  { accepted: Type.Integer({ description: 'Samples stored.' }) },
  { title: 'SamplesTaken' },
);
