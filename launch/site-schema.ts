/** The form of a site file: what must be there before anything is planned with it. */
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { SiteFile } from '../simulator/site-file.js';

const triple = <T extends TSchema>(item: T) => Type.Tuple([item, item, item]);
const Id = Type.String({ minLength: 1 });
const Positive = Type.Number({ exclusiveMinimum: 0 });
const NotNegative = Type.Number({ minimum: 0 });

const Rating = Type.Union([
  Type.Object({ kind: Type.Literal('wye'), limitA: triple(NotNegative) }),
  Type.Object({ kind: Type.Literal('line'), limitA: triple(NotNegative) }),
  Type.Object({
    kind: Type.Literal('pair-sum'),
    pair: Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]),
    limitA: NotNegative,
  }),
  Type.Object({
    kind: Type.Literal('delta-primary'),
    limitA: triple(NotNegative),
    turnsRatio: Positive,
  }),
  Type.Object({ kind: Type.Literal('power'), limitW: NotNegative, voltageV: Positive }),
]);

const Pilots = Type.Union([
  Type.Object({ kind: Type.Literal('continuous'), minA: NotNegative, stepA: Positive }),
  Type.Object({ kind: Type.Literal('set'), valuesA: Type.Array(NotNegative) }),
]);

const Evse = Type.Object({
  evseNumber: Type.Integer({ minimum: 1 }),
  circuitId: Id,
  channels: triple(Type.Boolean()),
  rotation: Type.Optional(triple(Type.Integer({ minimum: 0, maximum: 2 }))),
  currentMaxA: Positive,
  pilots: Pilots,
});

const SiteSchema = Type.Object({
  id: Id,
  name: Id,
  timeZone: Id,
  supply: Type.Union([Type.Literal('wye'), Type.Literal('delta')]),
  voltageLineToNeutralV: Positive,
  voltageLineToLineV: Positive,
  importLimitW: Type.Optional(NotNegative),
  circuits: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      parentId: Type.Optional(Id),
      limits: Type.Array(Rating),
      baseLoadMaxA: triple(NotNegative),
    }),
    { minItems: 1 },
  ),
  stations: Type.Array(
    Type.Object({
      id: Id,
      version: Type.Optional(
        Type.Union([Type.Literal('ocpp1.6'), Type.Literal('ocpp2.0.1'), Type.Literal('ocpp2.1')]),
      ),
      evses: Type.Array(Evse, { minItems: 1 }),
    }),
    { minItems: 1 },
  ),
});

/** What is wrong at most; a file of another kind is wrong everywhere. */
const SHOWN_MAX = 5;

/** Throws a RangeError that names the first places which are not as they must be. */
export function checkSiteFile(parsed: unknown): SiteFile {
  if (!Value.Check(SiteSchema, parsed)) {
    const wrong = Value.Errors(SiteSchema, parsed).map(
      ({ instancePath, message }) =>
        `${instancePath === '' ? 'the file' : instancePath} ${message}`,
    );
    throw new RangeError(`is no site file: ${[...new Set(wrong)].slice(0, SHOWN_MAX).join('; ')}`);
  }
  const site: Static<typeof SiteSchema> = parsed;
  return site as SiteFile;
}
