/** A site on the wire: the JSON file that creates it, and what is read back. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Name, Word } from './common.js';
import { Cost, Currency, Money } from './price.js';
import { CURRENT_MAX_A, CircuitName, closed, EvseSchema, Positive } from './site-evse.js';

export const POWER_MAX_W = 10_000_000;

const Current = (description: string) =>
  Type.Number({ minimum: 0, maximum: CURRENT_MAX_A, description: `${description} A.` });
const Three = <T extends ReturnType<typeof Current>>(item: T) =>
  Type.Array(item, { minItems: 3, maxItems: 3 });
const Duration = (minimum: number, maximum: number, description: string) =>
  Type.Number({ minimum, maximum, description: `${description} s.` });

const SourceSchema = Type.Union([
  Type.Object({ kind: Type.Literal('rating') }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('owner') }, { additionalProperties: false }),
  Type.Object(
    { kind: Type.Literal('signal'), signalId: Type.String() },
    { additionalProperties: false },
  ),
]);

const source = { source: Type.Optional(SourceSchema) };

const CircuitLimitSchema = Type.Union([
  Type.Object(
    { kind: Type.Literal('wye'), limitA: Three(Current('L1, L2, L3,')), ...source },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('pair-sum'),
      pair: Type.Integer({ minimum: 0, maximum: 2, description: '0 AB, 1 BC, 2 CA.' }),
      limitA: Current('Sum over the pair,'),
      ...source,
    },
    closed,
  ),
  Type.Object(
    { kind: Type.Literal('line'), limitA: Three(Current('Lines a, b, c,')), ...source },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('delta-primary'),
      limitA: Three(Current('Lines A, B, C ahead of the transformer,')),
      turnsRatio: Positive(1000, 'Primary to secondary.'),
      ...source,
    },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('power'),
      limitW: Type.Number({ minimum: 0, maximum: POWER_MAX_W }),
      voltageV: Positive(100_000, 'V.'),
      ...source,
    },
    closed,
  ),
]);

const CircuitSchema = Type.Object(
  {
    id: CircuitName,
    name: Type.Optional(Name('Shown to people; the id if absent.')),
    parentId: Type.Optional(CircuitName),
    limits: Type.Array(CircuitLimitSchema, { maxItems: 16 }),
    baseLoadMaxA: Three(Current('Declared worst uncontrolled load below this circuit,')),
  },
  closed,
);

const StationSchema = Type.Object(
  { id: Id('OCPP identity.'), offlineTested: Type.Optional(Type.Boolean()) },
  closed,
);

const AllocatorSchema = Type.Object(
  {
    laxityAssumedSec: Duration(0, 604_800, 'Laxity that a session without a claim counts as,'),
    laxityStepSec: Duration(1, 86_400, 'Smoothing of least laxity,'),
    onMinSec: Duration(0, 86_400, 'A session that is on stays on,'),
    offMinSec: Duration(0, 86_400, 'A session that is off stays off,'),
    // Longer where turns of onMinSec take longer, or a plan says so.
    offMaxSec: Duration(1, 86_400, 'Longest pause while others charge in turn,'),
  },
  closed,
);

const GridLinkSchema = Type.Object(
  {
    issuer: Name('Name of the signal issuer whose heartbeats and limits count.'),
    failsafeLimitW: Type.Number({
      minimum: 0,
      maximum: POWER_MAX_W,
      description:
        'Holds from 120 s after the last heartbeat until a heartbeat and a new limit, W.',
    }),
    scope: Word(['total-import', 'managed-devices'], 'What the failsafe limit binds.'),
  },
  { ...closed, title: 'GridLink' },
);

const DemandChargeSchema = Type.Object(
  {
    currency: Currency,
    pricePerKw: Money('Per kW of the highest quarter hour of import in a calendar month.'),
  },
  { ...closed, title: 'DemandCharge' },
);

const settingsFields = {
  fallbackIdleA: Current('F0: for sessions that are not known,'),
  fallbackSessionA: Current('F1: what a session keeps when its lease ends,'),
  leaseSec: Duration(30, 86_400, 'Lease of a limit,'),
  leaseMeteredSec: Duration(30, 86_400, 'Lease on the metered tier,'),
  settleSec: Duration(1, 300, 'From acknowledgement to the vehicle having followed,'),
  skewSec: Duration(0, 300, 'Bound on clock differences,'),
  raiseHoldSec: Duration(0, 3600, 'Headroom that a limit rises into has been there so long,'),
  changesPerHourMax: Type.Integer({ minimum: 1, maximum: 3600 }),
  sampleIntervalSec: Duration(1, 3600, 'Meter samples,'),
  acceptAnyToken: Type.Boolean(),
  offlineAuthorization: Type.Optional(
    Word(
      ['allowed', 'refused'],
      'Whether stations may go by what they remember; allowed if absent.',
    ),
  ),
  gridLink: Type.Optional(Type.Union([Type.Null(), GridLinkSchema])),
  solver: Type.Optional(
    Word(
      ['auto', 'structured', 'highs', 'javascript-lp-solver', 'off'],
      'Who plans by needs, prices, peaks and orders; auto if absent: the structured solver, and HiGHS where ' +
        'it fails. off: limits follow the electrical limits and urgency alone.',
    ),
  ),
  fairness: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Where not all can have what they want: the share of it that plans give to all alike, as far as ' +
        'that is possible, before the rest goes where it serves the most energy. 0 if absent: the most energy.',
    }),
  ),
  demandCharge: Type.Optional(Type.Union([Type.Null(), DemandChargeSchema])),
  untestedFailures: Type.Optional(
    Type.Union([Type.Null(), Type.Integer({ minimum: 0, maximum: 10_000 })], {
      description:
        'How many stations without offline tests may fail at the same time: the others count at what ' +
        'they are told while they are linked. null or absent: all of them, each at its maximum.',
    }),
  ),
};

const MeterSchema = Type.Object(
  {
    id: Id('Chosen by you; unique at the site.'),
    name: Type.Optional(Name('Shown to people; the id if absent.')),
    circuitId: CircuitName,
    kind: Word(
      ['grid', 'load', 'generation'],
      'grid: at the connection point; load, generation: what is not ours below the circuit.',
    ),
    source: Type.Optional(Word(['api'], 'Samples come by POST /v1/sites/{siteId}/meter-samples.')),
  },
  closed,
);

const Fraction = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const StorageSchema = Type.Object(
  {
    id: Id('Chosen by you; unique at the site.'),
    name: Type.Optional(Name('Shown to people; the id if absent.')),
    circuitId: CircuitName,
    capacityWh: Positive(1_000_000_000, 'Usable capacity, Wh.'),
    chargeMaxW: Positive(POWER_MAX_W, 'W.'),
    dischargeMaxW: Type.Number({ minimum: 0, maximum: POWER_MAX_W, description: 'W.' }),
    efficiencyFraction: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Of what is charged, the share that comes out again.',
    }),
    reserveFraction: Fraction('Of the capacity, what is never taken out.'),
    wearPerKwh: Type.Optional(
      Cost('Per kWh in or out, in the currency of the prices; absent: 1/20 of their median.'),
    ),
  },
  {
    ...closed,
    description:
      'A stationary battery. Planned for while it reports; charged only within the declared worst load ' +
      'of its circuits.',
  },
);

const SettingsSchema = Type.Object({ allocator: AllocatorSchema, ...settingsFields }, closed);
export const SettingsPatchSchema = Type.Partial(
  Type.Object({ allocator: Type.Partial(AllocatorSchema, closed), ...settingsFields }),
  { ...closed, minProperties: 1, title: 'SiteSettingsPatch' },
);
export const SettingsShown = Type.Object(
  { allocator: AllocatorSchema, ...settingsFields },
  { ...closed, title: 'SiteSettings' },
);

/** The parts of a site that have ids, as they are edited one by one. */
export const CircuitPart = Type.Object(CircuitSchema.properties, { ...closed, title: 'Circuit' });
export const EvsePart = Type.Object(EvseSchema.properties, { ...closed, title: 'Evse' });
export const MeterPart = Type.Object(MeterSchema.properties, { ...closed, title: 'Meter' });
export const StoragePart = Type.Object(StorageSchema.properties, { ...closed, title: 'Storage' });

const premises = {
  id: Id('Chosen by you; unique in this installation.'),
  name: Name('Shown to people.'),
  timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name.' }),
  supply: Word(['wye', 'delta'], 'How the site is wired.'),
  voltageLineToNeutralV: Positive(100_000, 'V.'),
  voltageLineToLineV: Positive(100_000, 'V.'),
};

const ImportLimit = Type.Number({
  minimum: 0,
  maximum: POWER_MAX_W,
  description: "The owner's limit on total import, W. 0 is a limit; absent: the ratings alone.",
});

/** What creates a site. Settings that are absent take the values of src/sites/defaults.ts. */
export const SiteFileSchema = Type.Object(
  {
    ...premises,
    tenantId: Type.Optional(
      Type.String({ maxLength: 120, description: "Must be the credential's own tenant." }),
    ),
    version: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Not used: a new site starts at version 1.' }),
    ),
    notes: Type.Optional(Type.Array(Type.Unknown(), { description: 'Not used: made by us.' })),
    importLimitW: Type.Optional(ImportLimit),
    circuits: Type.Array(CircuitSchema, { minItems: 1, maxItems: 500 }),
    stations: Type.Array(StationSchema, { maxItems: 2000 }),
    evses: Type.Array(EvseSchema, { maxItems: 4000 }),
    meters: Type.Optional(Type.Array(MeterSchema, { maxItems: 500 })),
    storage: Type.Optional(Type.Array(StorageSchema, { maxItems: 100 })),
    settings: Type.Optional(
      Type.Partial(
        Type.Object({ allocator: Type.Partial(AllocatorSchema, closed), ...settingsFields }),
        closed,
      ),
    ),
  },
  { ...closed, title: 'SiteFile' },
);
export type SiteFile = Static<typeof SiteFileSchema>;

export const SiteSchema = Type.Object(
  {
    ...premises,
    version: Type.Integer({ description: 'Raised by one on each edit; the ETag.' }),
    importLimitW: Type.Optional(ImportLimit),
    circuits: Type.Array(CircuitSchema),
    stations: Type.Array(StationSchema),
    evses: Type.Array(EvseSchema),
    meters: Type.Array(MeterSchema),
    storage: Type.Array(StorageSchema),
    settings: SettingsSchema,
    notes: Type.Array(
      Type.Object({ rule: Type.String(), pointer: Type.String(), detail: Type.String() }),
      { description: 'What is allowed and yet worth knowing: it is managed.' },
    ),
  },
  { title: 'Site' },
);
export type SiteBody = Static<typeof SiteSchema>;

const LimitOrNone = Type.Union([
  Type.Number({ minimum: 0, maximum: POWER_MAX_W }),
  Type.Null({ description: 'No limit of the owner: the ratings alone.' }),
]);

export const SitePatchSchema = Type.Object(
  {
    importLimitW: Type.Optional(
      Type.Object(
        { from: LimitOrNone, to: LimitOrNone },
        { ...closed, description: 'W. `from` is the value that you see now.' },
      ),
    ),
    name: Type.Optional(Name('Shown to people.')),
    timeZone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'IANA name.' }),
    ),
  },
  { ...closed, minProperties: 1, title: 'SitePatch' },
);

export const EditQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ description: 'True: check everything, show the answer, change nothing.' }),
    ),
    deEnergised: Type.Optional(
      Type.Boolean({
        description:
          'True: you state that what this removes is without power. Without it, nothing is removed ' +
          'that may still draw.',
      }),
    ),
  },
  closed,
);

export const SitePatchedSchema = Type.Object(
  {
    dryRun: Type.Boolean({ description: 'True: nothing was changed.' }),
    site: SiteSchema,
    effect: Type.Object(
      {
        fromW: LimitOrNone,
        toW: LimitOrNone,
        powerW: Type.Number({ description: 'Drawn now, W.' }),
        ceilingW: Type.Number({ description: 'Guaranteed ceiling now, W.' }),
        cutW: Type.Number({ description: 'Drawn now above the new limit, W.' }),
        ceilingOverW: Type.Number({
          description: 'Guaranteed ceiling above the new limit, W: no raise until it has fallen.',
        }),
        evsesCut: Type.Array(
          Type.Object({
            evseId: Type.String(),
            limitA: Type.Number({ description: 'In force now, A per channel.' }),
            worstCaseA: Type.Number({ description: 'The most that it may still draw, A.' }),
            powerW: Type.Number({ description: 'Drawn now, W.' }),
          }),
          { description: 'EVSEs that share the cut; what each keeps is decided when it happens.' },
        ),
      },
      { title: 'LimitEffect' },
    ),
  },
  { title: 'SitePatched' },
);
export type LimitEffect = Static<typeof SitePatchedSchema>['effect'];
export type SitePatch = Static<typeof SitePatchSchema>;
