/** Commands on the wire: what was asked of a station, and how it ended. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Instant, PageOf, Word } from './common.js';

export const CommandParams = Type.Object({
  stationId: Id('The charging station.'),
  commandId: Type.String({ pattern: '^[A-Za-z0-9-]{1,36}$', description: 'The command.' }),
});

export const CommandQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ description: 'Checks, and says what the engine would do; nothing is sent.' }),
    ),
  },
  { additionalProperties: false },
);

export const CommandHeaders = Type.Object({
  prefer: Type.Optional(
    Type.String({
      maxLength: 200,
      description: '`respond-async`: 202 as soon as it is stored. `wait=20`: the same after 20 s.',
    }),
  ),
});

/** The body: any request of the version that the station speaks. */
export const CommandCreate = Type.Object(
  {
    action: Type.String({ minLength: 1, maxLength: 60, description: 'Name of the OCPP request.' }),
    payload: Type.Record(Type.String(), Type.Unknown(), {
      description: "Checked against the schema of the station's version.",
    }),
  },
  { additionalProperties: false, title: 'CommandCreate' },
);

const Response = Type.Optional(Type.Unknown({ description: "The station's answer, whole." }));
const Action = Type.String({ description: 'The OCPP request, or what it stands for.' });

/** 200: it was answered, or it was only tried. */
export const CommandAnswer = Type.Object(
  {
    status: Word(
      ['accepted', 'refused-by-station', 'dry-run'],
      'The station said yes, or no in good form; or nothing was sent.',
    ),
    action: Action,
    commandId: Type.Optional(Type.String()),
    detail: Type.Optional(Type.String({ description: 'Why not.' })),
    response: Response,
    allowed: Type.Optional(Type.Boolean({ description: 'Of a dry run: the engine lets it out.' })),
    consequence: Type.Optional(Type.String({ description: 'Of a dry run: what it costs.' })),
  },
  { title: 'CommandAnswer' },
);

export const CommandPending = Type.Object(
  {
    status: Type.Literal('pending'),
    action: Action,
    commandId: Type.String(),
    url: Type.String({ description: 'Where its end can be read.' }),
  },
  { title: 'CommandPending' },
);

export const CommandSchema = Type.Object(
  {
    commandId: Type.String(),
    stationId: Type.String(),
    actor: Type.String(),
    action: Action,
    payload: Type.Record(Type.String(), Type.Unknown(), { description: 'Secrets masked.' }),
    status: Word(
      [
        'pending',
        'accepted',
        'refused-by-station',
        'call-error',
        'not-supported',
        'refused-by-engine',
        'offline',
        'timeout',
        'unknown',
      ],
      '`timeout` and `unknown`: it left, and the station may have acted on it.',
    ),
    detail: Type.Optional(Type.String()),
    response: Response,
    createdAt: Instant('Its row was written.'),
    endedAt: Type.Optional(Instant('Its end was known.')),
  },
  { title: 'Command' },
);
export type CommandBody = Static<typeof CommandSchema>;
export const CommandPage = PageOf(CommandSchema, 'CommandPage');
