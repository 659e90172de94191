import { Type } from 'typebox';

const Durations = Type.Array(Type.Number(), { description: 'Real milliseconds.' });

export const FiguresSchema = Type.Object(
  {
    profileCommands: Type.Integer({ description: 'SetChargingProfile calls, retries included.' }),
    profileRejected: Type.Integer(),
    ackMs: Durations,
    cutMs: Durations,
    decisionMs: Durations,
    roundTripMs: Durations,
  },
  { title: 'Figures' },
);
