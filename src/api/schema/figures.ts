import { Type } from 'typebox';

const Durations = Type.Array(Type.Number(), { description: 'Real milliseconds.' });

export const FiguresSchema = Type.Object(
  {
    profileCommands: Type.Integer({ description: 'SetChargingProfile calls, retries included.' }),
    profileRejected: Type.Integer(),
    ackMs: Durations,
    cutMs: Durations,
    decisionMs: Durations,
    sampleCounts: Type.Object(
      { ackMs: Type.Integer(), cutMs: Type.Integer(), decisionMs: Type.Integer() },
      { description: 'How many there have been; of many only the latest are listed.' },
    ),
    roundTripMs: Durations,
  },
  { title: 'Figures' },
);
