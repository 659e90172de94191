/** The signed webhook's body, and its issuers. */
import { Type } from 'typebox';
import { Instant, Name, Word } from './common.js';
import { POWER_MAX_W } from './site.js';

const SERIES_MAX = 2000;

const SeriesOf = (field: string, minimum: number, maximum: number, unit: string) =>
  Type.Array(
    Type.Object(
      {
        at: Instant('Holds from then until the next point or the end.'),
        [field]: Type.Number({ minimum, maximum, description: `${unit}.` }),
      },
      { additionalProperties: false },
    ),
    { minItems: 1, maxItems: SERIES_MAX, description: 'Strictly ascending in time.' },
  );

const common = {
  scope: Word(['total-import', 'managed-devices'], 'What the limit binds.'),
  sequence: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Counts up per issuer and type; an older one never overrides.',
  }),
  endsAt: Instant('Dead-man end: without effect from then. After the last point.'),
};

const PRICE_MAX_MICROS = 1_000_000_000;

/** Type, name of the value in a point, its least and greatest, its unit. */
export const SIGNAL_VALUES = {
  'import-limit': ['importLimitW', 0, POWER_MAX_W, 'W'],
  'export-limit': ['exportLimitW', 0, POWER_MAX_W, 'W'],
  price: ['priceMicrosPerKwh', -PRICE_MAX_MICROS, PRICE_MAX_MICROS, 'micro-units per kWh'],
  'export-price': ['priceMicrosPerKwh', -PRICE_MAX_MICROS, PRICE_MAX_MICROS, 'micro-units per kWh'],
  carbon: ['carbonGramsPerKwh', 0, 100_000, 'g/kWh'],
  'load-forecast': ['loadW', 0, POWER_MAX_W, 'W'],
  'pv-forecast': ['pvW', 0, POWER_MAX_W, 'W'],
} as const;

type SignalTypeName = keyof typeof SIGNAL_VALUES;

const one = (type: SignalTypeName) => {
  const [field, minimum, maximum, unit] = SIGNAL_VALUES[type];
  const series = SeriesOf(field, minimum, maximum, unit);
  return Type.Object(
    { type: Type.Literal(type), ...common, series },
    { additionalProperties: false },
  );
};

/** Without a series: that it came is what it says. */
const Heartbeat = Type.Object(
  { type: Type.Literal('heartbeat'), sequence: common.sequence },
  {
    additionalProperties: false,
    description:
      'The sender is there. Due every 60 s from the issuer of the grid link of a site; 120 s without ' +
      'one put its failsafe limit in force.',
  },
);

export const SignalDocument = Type.Union(
  [
    Heartbeat,
    one('import-limit'),
    one('export-limit'),
    one('price'),
    one('export-price'),
    one('carbon'),
    one('load-forecast'),
    one('pv-forecast'),
  ],
  { title: 'Signal' },
);

/** Several types in one document. */
export const SignalDocuments = Type.Object(
  { signals: Type.Array(SignalDocument, { minItems: 1, maxItems: 20 }) },
  { additionalProperties: false, title: 'Signals' },
);

export const SignalAnswer = Type.Object(
  {
    accepted: Type.Integer({ description: 'Signals that take effect.' }),
    duplicate: Type.Optional(
      Type.Boolean({ description: 'This webhook-id was taken before; nothing happened.' }),
    ),
    superseded: Type.Optional(
      Type.Boolean({ description: 'A sequence at least as high is already known; no effect.' }),
    ),
  },
  { title: 'SignalAnswer' },
);

export const SignalHeaders = Type.Object({
  'webhook-id': Type.Optional(Type.String()),
  'webhook-timestamp': Type.Optional(Type.String()),
  'webhook-signature': Type.Optional(Type.String()),
});

export const IssuerCreate = Type.Object(
  { name: Name('Who will sign, such as the grid operator.') },
  { additionalProperties: false, title: 'SignalIssuerCreate' },
);
export const IssuerCreated = Type.Object(
  {
    id: Type.String(),
    siteId: Type.String(),
    name: Type.String(),
    secret: Type.String({
      description: 'whsec_ and base64, for Standard Webhooks. Shown this once.',
    }),
  },
  { title: 'SignalIssuerCreated' },
);
