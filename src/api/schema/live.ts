/** The live picture of a site: what the page shows, and one event of the stream. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { BoundBySchema, CauseSchema } from './bound-by.js';
import { Instant, Word } from './common.js';

const W = (description: string) => Type.Number({ description: `${description}, W.` });
const A = (description: string) => Type.Number({ description: `${description}, A per channel.` });
const Wh = (description: string) => Type.Number({ description: `${description}, Wh.` });

const EVSE_STATUSES = [
  'available',
  'preparing',
  'charging',
  'suspended-ev',
  'suspended-evse',
  'finishing',
  'occupied',
  'reserved',
  'unavailable',
  'faulted',
] as const;

export const SessionPhaseSchema = Word(
  ['plugged', 'active', 'finished', 'ended'],
  'Where the session is between plug-in and plug-out.',
);

const LiveEvseSchema = Type.Object(
  {
    evseId: Type.String(),
    stationId: Type.String(),
    online: Type.Boolean(),
    status: Type.Optional(Word([...EVSE_STATUSES], 'As the station reports it.')),
    sessionId: Type.Optional(Type.String()),
    phase: Type.Optional(SessionPhaseSchema),
    limitA: A('Allowed now'),
    goalA: A("The allocator's goal before the ledger"),
    drawnA: A('Drawn now'),
    powerW: W('Drawn now'),
    limitW: W('Allowed now'),
    worstCaseA: A('The most that it may draw if every message from now on is lost'),
    energyWh: Type.Optional(Wh('Delivered in this session')),
    remainingWh: Type.Optional(Wh('Still wanted')),
    departureAt: Type.Optional(Instant('Claimed departure.')),
    socFraction: Type.Optional(Type.Number()),
    boundBy: BoundBySchema,
    expectedStartAt: Type.Optional(
      Instant('When a vehicle that waits will probably get current; absent: not known.'),
    ),
    reason: Type.String({ description: 'One sentence.' }),
    plan: Type.Optional(Type.String({ description: 'What is planned for it, one sentence.' })),
    onePhase: Type.Optional(
      Type.String({
        description:
          'That it is told to use one phase where it has three, why, and until when at the earliest; one sentence.',
      }),
    ),
    sinceAt: Instant('This limit and reason hold since then.'),
  },
  { title: 'LiveEvse' },
);

const LiveCircuitSchema = Type.Object(
  {
    circuitId: Type.String(),
    name: Type.String(),
    parentId: Type.Optional(Type.String()),
    conductors: Type.Array(
      Type.Object({
        conductor: Type.String(),
        unit: Word(['A', 'W'], 'Unit of the three values.'),
        limit: Type.Number(),
        load: Type.Number({ description: 'Draw of vehicles, plus other load.' }),
        ceiling: Type.Number({ description: 'Worst case if all goes silent, plus other load.' }),
      }),
    ),
    notGuaranteed: Type.Optional(
      Type.Object({ cause: CauseSchema, sinceAt: Instant('Not guaranteed since.') }),
    ),
  },
  { title: 'LiveCircuit' },
);

const Counts = Type.Object({
  stations: Type.Integer(),
  online: Type.Integer(),
  charging: Type.Integer(),
  waiting: Type.Integer(),
  plugged: Type.Integer(),
});

export const LiveSiteSchema = Type.Object(
  {
    siteId: Type.String(),
    name: Type.String(),
    timeZone: Type.String(),
    at: Instant('Site time of this picture.'),
    speed: Type.Number({ description: 'Site seconds per real second; 1 outside a demo.' }),
    seq: Type.Integer({ description: 'Sequence of the stream, per site; the id of the event.' }),
    version: Type.Integer({ description: 'Version of the site; its ETag in quotes.' }),
    sentence: Type.String({ description: 'The state of the site in one or two sentences.' }),
    powerW: W('Drawn by vehicles now'),
    otherLoadW: W('Other load that counts against the limit: metered, else the declared worst'),
    limitW: W("The lowest limit on the site's total now"),
    importLimitW: Type.Optional(W("The owner's own limit")),
    ceilingW: W(
      'Guaranteed ceiling: the worst case of vehicles and other load, if all messages are lost',
    ),
    reservedOfflineW: W('Reserved for stations without a link'),
    counts: Counts,
    energyTodayWh: Wh('Delivered in sessions that started since midnight at the site'),
    evses: Type.Array(LiveEvseSchema),
    circuits: Type.Array(LiveCircuitSchema),
    signal: Type.Optional(
      Type.Object({
        issuer: Type.String(),
        limitW: W('Ordered limit'),
        receivedAt: Instant('Received.'),
        endsAt: Instant('Without effect from then.'),
        appliedFraction: Type.Number(),
      }),
    ),
  },
  { title: 'LiveSite' },
);
export type LiveSiteBody = Static<typeof LiveSiteSchema>;
export type LiveEvseBody = Static<typeof LiveEvseSchema>;
export type LiveCircuitBody = Static<typeof LiveCircuitSchema>;
