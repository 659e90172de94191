/** What a site may draw at worst from now on, against its limits; and what is kept back for whom. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { CauseSchema, SourceSchema } from './bound-by.js';
import { Instant, Word } from './common.js';

const HORIZON_MIN_SEC = 60;
const HORIZON_MAX_SEC = 86_400;
export const HORIZON_DEFAULT_SEC = 3600;

const W = (description: string) => Type.Number({ description: `${description}, W.` });
const PerChannelA = (description: string) =>
  Type.Array(Type.Number(), {
    minItems: 3,
    maxItems: 3,
    description: `${description}, A on each of \`channels\`.`,
  });
const From = Instant('Holds from then to the next entry; the last one has no end.');

export const CeilingQuery = Type.Object(
  {
    horizonSec: Type.Optional(
      Type.Integer({
        minimum: HORIZON_MIN_SEC,
        maximum: HORIZON_MAX_SEC,
        description: `How far the series reach, s; ${HORIZON_DEFAULT_SEC} if absent.`,
      }),
    ),
    detail: Type.Optional(
      Word(['circuits', 'total'], '`total` leaves `circuits` empty; `circuits` if absent.'),
    ),
  },
  { additionalProperties: false },
);

const TotalSchema = Type.Object(
  {
    steps: Type.Array(
      Type.Object({
        fromAt: From,
        limitW: W("The lowest limit on the site's total"),
        limitSource: Word(['rating', 'owner', 'grid'], 'Whose limit it is.'),
        ceilingW: W('The most that vehicles and other load may draw if all goes silent now'),
      }),
    ),
    floorW: W('What the ceiling falls to once every lease has ended; no limit can go below it'),
  },
  { description: "The site's total, counted as its lowest limit counts it." },
);

const LimitSchema = Type.Object(
  {
    conductor: Type.String({ description: 'Phase, line, line pair, or `total power`.' }),
    unit: Word(['A', 'W'], 'Unit of all values of this limit.'),
    source: SourceSchema,
    issuer: Type.Optional(Type.String({ description: 'Who sent the order; on signals only.' })),
    actual: Type.Optional(
      Type.Number({
        description: 'Drawn now, other load included; absent where the limit does not hold yet.',
      }),
    ),
    floor: Type.Number({
      description: 'Worst case once every lease has ended, with the declared worst other load.',
    }),
    steps: Type.Array(
      Type.Object({
        fromAt: From,
        limit: Type.Optional(
          Type.Number({
            description: 'The limit; absent with all else where it does not hold from then.',
          }),
        ),
        guaranteed: Type.Optional(
          Type.Number({
            description:
              'What vehicles may have for certain: limit less declared worst other load.',
          }),
        ),
        metered: Type.Optional(
          Type.Number({
            description: 'What they may have while the meter shows less other load than declared.',
          }),
        ),
        otherLoad: Type.Optional(Type.Number({ description: 'Other load that is counted on.' })),
        ceiling: Type.Optional(
          Type.Number({
            description: 'Worst case of all EVSEs below if all goes silent, and other load.',
          }),
        ),
      }),
    ),
  },
  { title: 'CeilingLimit', description: 'One conductor of one limit over time.' },
);

const CircuitSchema = Type.Object(
  {
    circuitId: Type.String(),
    name: Type.String(),
    parentId: Type.Optional(Type.String()),
    powerW: W('Drawn by the vehicles below it now'),
    steps: Type.Array(
      Type.Object({
        fromAt: From,
        currentA: PerChannelA('Worst case of the EVSEs below it'),
        powerW: W('The same at nominal voltage'),
      }),
      { description: 'The ceiling of vehicles alone, if everything goes silent now.' },
    ),
    floor: Type.Object(
      { currentA: PerChannelA('Of the EVSEs below it'), powerW: W('The same at nominal voltage') },
      { description: 'The ceiling of vehicles alone once every lease has ended.' },
    ),
    limits: Type.Array(LimitSchema),
    notGuaranteed: Type.Optional(
      Type.Object(
        {
          cause: CauseSchema,
          text: Type.String({ description: 'The cause in words.' }),
          sinceAt: Instant('Not guaranteed since.'),
        },
        { description: 'Its rating does not carry the worst case; nothing below it is raised.' },
      ),
    ),
    untestedReserve: Type.Optional(
      Type.Object(
        {
          currentA: PerChannelA('Kept free now, and part of `steps`'),
          carriesAll: Type.Boolean({
            description:
              'Whether its rating would carry the failure of all of them. false: its guarantee rests ' +
              "on the owner's policy.",
          }),
        },
        {
          description:
            'For stations without offline tests that may fail; absent where the owner has no policy.',
        },
      ),
    ),
  },
  { title: 'CeilingCircuit' },
);

const A = (description: string) => Type.Number({ description: `${description}, A per channel.` });

const EvseSchema = Type.Object(
  {
    evseId: Type.String(),
    stationId: Type.String(),
    inForceA: Type.Optional(
      A('What it should be obeying; absent where it was never told and has shown nothing'),
    ),
    worstCaseA: A('The most that it may draw now if all goes silent'),
    reservedA: A(
      'What nobody can use: without a link all of the worst case, else what is above `inForceA`',
    ),
    reservedW: W('The same on all channels on which it counts'),
    countedOn: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Phases that its session was measured to use; absent: it counts on all of them.',
      }),
    ),
    countedOnUntilAt: Type.Optional(
      Instant('From then on it counts on all of them, unless another sample shows the same.'),
    ),
    cause: Type.Optional(
      Word(
        [
          'offline',
          'not-read-back',
          'offline-untested',
          'distrusted',
          'unconfirmed',
          'settling',
          'lease-not-shown',
          'lease-ending',
          'fallback',
        ],
        'Why; absent where nothing is reserved.',
      ),
    ),
    text: Type.Optional(Type.String({ description: 'How much, until when and why, in words.' })),
    untilAt: Type.Optional(
      Instant('When its worst case falls by itself; absent: something has to happen first.'),
    ),
    afterA: Type.Optional(A('What its worst case falls to then')),
  },
  { title: 'CeilingEvse' },
);

export const SiteCeilingSchema = Type.Object(
  {
    siteId: Type.String(),
    name: Type.String(),
    timeZone: Type.String(),
    channels: Type.Array(Type.String(), {
      minItems: 3,
      maxItems: 3,
      description: 'What values per channel are about: phases, or line pairs on a delta supply.',
    }),
    at: Instant('Site time of this answer.'),
    untilAt: Instant('The last instant of the series.'),
    total: TotalSchema,
    circuits: Type.Array(CircuitSchema, { description: 'Parents before children.' }),
    evses: Type.Array(EvseSchema, { description: 'Every EVSE, in the order of the site.' }),
    gridLink: Type.Optional(
      Type.Object(
        {
          issuer: Type.String({ description: 'Whose heartbeats and limits count.' }),
          state: Word(
            ['linked', 'failsafe'],
            'failsafe: the last heartbeat is more than 120 s ago, or no new limit has come since it was.',
          ),
          failsafeLimitW: W('The limit that then holds'),
          scope: Word(['total-import', 'managed-devices'], 'What it binds.'),
          lastHeartbeatAt: Type.Optional(Instant('Received; absent: never.')),
          failsafeFromAt: Instant('It holds since then, or will if nothing more is heard.'),
        },
        { title: 'CeilingGridLink', description: 'Of a site with one in its settings.' },
      ),
    ),
    untestedPolicy: Type.Optional(
      Type.Object(
        {
          failures: Type.Union([Type.Null(), Type.Integer()], {
            description: 'How many may fail at the same time; null: all of them.',
          }),
          untested: Type.Integer({ description: 'Stations that did not pass the offline tests.' }),
          offline: Type.Integer({ description: 'Of these, offline: they count at their maximum.' }),
          text: Type.String({ description: 'The same in words.' }),
        },
        {
          title: 'CeilingUntestedPolicy',
          description: 'Of a site with stations that did not pass the offline tests.',
        },
      ),
    ),
  },
  { title: 'SiteCeiling' },
);
export type SiteCeilingBody = Static<typeof SiteCeilingSchema>;
