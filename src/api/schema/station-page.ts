/** Everything that the page of a station shows. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Instant, Word } from './common.js';
import { CardSchema, Rung } from './smart-charging-test.js';
import { FaultSchema } from './fault.js';
import { StationSchema } from './station.js';

const Outage = Type.Object(
  {
    from: Instant('Began.'),
    to: Instant('Ended, or the end of the period.'),
    cause: Word(['offline', 'faulted', 'unavailable'], 'Why nobody could charge.'),
  },
  { title: 'Outage' },
);

const StationEvse = Type.Object(
  {
    id: Type.String(),
    evseNumber: Type.Integer(),
    circuitId: Type.String(),
    phases: Type.Array(Type.String(), { description: 'L1, L2, L3; AB, BC, CA on a delta supply.' }),
    currentMaxA: Type.Number(),
    status: Type.Optional(Type.String()),
    errorCode: Type.Optional(Type.String()),
    errorInWords: Type.Optional(Type.String()),
    trust: Word(['tested', 'unknown', 'distrusted'], 'What is believed of it while it is offline.'),
    trustReason: Type.String(),
    testNumber: Type.Optional(
      Type.Integer({ description: 'Of the smart-charging test that runs there.' }),
    ),
    fallbackA: Type.Optional(
      Type.Number({ description: 'What it falls back to, as read back since its last boot, A.' }),
    ),
    uptimeFraction: Type.Optional(
      Type.Number({ description: '(period - (outage - excluded)) / period, 23 CFR 680.116(b).' }),
    ),
    uptimeFrom: Type.Optional(
      Instant('Counted from then: the period, or later where no more is known of the station.'),
    ),
    outageSec: Type.Optional(Type.Number()),
    excludedSec: Type.Optional(Type.Number()),
    outages: Type.Optional(Type.Array(Outage, { description: 'The latest 100.' })),
  },
  { title: 'StationEvse' },
);

export const StationPageQuery = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 366,
        description: 'How far back figures go; 30 if absent. 365 is the year of 23 CFR 680.116(b).',
      }),
    ),
  },
  { additionalProperties: false },
);

export const StationPage = Type.Object(
  {
    station: StationSchema,
    lastMessageAgeSec: Type.Optional(Type.Number()),
    capability: Type.Optional(
      Type.Object(
        {
          units: Type.Array(Type.String()),
          stackLevelMax: Type.Integer(),
          periodsMax: Type.Integer(),
          stepA: Type.Number(),
          switchesPhases: Type.Optional(Type.Boolean()),
          takesPhaseToUse: Type.Optional(Type.Boolean()),
        },
        { title: 'StationCapability' },
      ),
    ),
    form: Type.Optional(
      Type.Object(
        {
          unit: Word(['A', 'W'], 'Of our profiles.'),
          stackLevel: Type.Integer({ description: 'Of our profiles.' }),
          fallbackPurpose: Word(['tx-default', 'station-max'], 'Of the fallback profile.'),
          leasePurpose: Word(['tx', 'tx-default', 'station-max'], 'Of leases.'),
          rungs: Type.Array(
            Type.Object(
              {
                rung: Rung,
                observed: Type.String({ description: 'In the form above.' }),
                since: Instant('Observed.'),
              },
              { title: 'StationRung' },
            ),
          ),
        },
        { title: 'StationForm', description: 'How it is told its limits, as found out so far.' },
      ),
    ),
    card: Type.Optional(CardSchema),
    evses: Type.Array(StationEvse),
    period: Type.Object({ from: Instant('So many days ago.'), to: Instant('Now.') }),
    sessions: Type.Object({
      attempted: Type.Integer(),
      succeeded: Type.Integer(),
      successFraction: Type.Optional(Type.Number()),
    }),
    connections: Type.Object({
      isConnected: Type.Boolean(),
      opened: Type.Integer({ description: 'In the period.' }),
      openedLastHour: Type.Integer(),
      remoteAddress: Type.Optional(Type.String()),
      lastCloseReason: Type.Optional(Type.String({ description: 'In words.' })),
    }),
    faults: Type.Array(FaultSchema, { description: 'Those not solved.' }),
  },
  { title: 'ChargingStationOverview' },
);
export type StationPageBody = Static<typeof StationPage>;
export type StationEvseBody = Static<typeof StationEvse>;
