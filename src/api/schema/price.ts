/** Prices of energy, by JSON or as a day-ahead file. */
import { Type } from 'typebox';
import { MONEY_PATTERN } from '../../signals/money.js';
import { Instant } from './common.js';

const STEPS_MAX = 1000;

/** ISO 4217. */
export const Currency = Type.String({
  pattern: '^[A-Z]{3}$',
  description: 'ISO 4217, such as EUR.',
});

export const Money = (description: string) =>
  Type.String({
    pattern: MONEY_PATTERN,
    description: `${description} Decimal, -999.999999 to 999.999999.`,
  });

/** What nobody is paid for. */
export const Cost = (description: string) =>
  Type.String({
    pattern: '^\\d{1,3}(\\.\\d{1,6})?$',
    description: `${description} Decimal, 0 to 999.999999.`,
  });

const Steps = (description: string) =>
  Type.Array(
    Type.Object(
      {
        at: Instant('Holds from then until the next one or the end.'),
        pricePerKwh: Money('Per kWh.'),
      },
      { additionalProperties: false },
    ),
    { minItems: 1, maxItems: STEPS_MAX, description: `${description} Strictly ascending in time.` },
  );

export const PricesTold = Type.Object(
  {
    currency: Currency,
    importPrices: Steps('What a kWh from the grid costs.'),
    exportPrices: Type.Optional(Steps('What a kWh into the grid earns; unchanged if absent.')),
    endsAt: Instant('End of the last step: no price is known from then on.'),
  },
  { additionalProperties: false, title: 'PricesTold' },
);

const Known = Type.Object({
  series: Type.Array(Type.Object({ at: Instant('From then.'), pricePerKwh: Type.String() })),
  endsAt: Instant('End of the last step.'),
});

export const PricesSchema = Type.Object(
  {
    currency: Type.Optional(Type.String({ description: 'Absent: nobody named one.' })),
    importPrices: Type.Optional(Known),
    exportPrices: Type.Optional(Known),
  },
  { title: 'Prices' },
);

export const DayAheadQuery = Type.Object({ currency: Currency }, { additionalProperties: false });
