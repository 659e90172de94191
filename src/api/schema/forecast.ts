/** Forecasts of building load and PV. */
import { Type } from 'typebox';
import { Instant } from './common.js';

export const FORECAST_DEFAULT_SEC = 24 * 3600;

export const ForecastQuery = Type.Object(
  {
    horizonSec: Type.Optional(
      Type.Integer({
        minimum: 900,
        maximum: 7 * 24 * 3600,
        description: `How far ahead, s; ${FORECAST_DEFAULT_SEC} if absent.`,
      }),
    ),
  },
  { additionalProperties: false },
);

const OneForecast = Type.Object(
  {
    historyFrom: Type.Optional(Instant('The earliest measurement that it rests on.')),
    series: Type.Array(
      Type.Object({ at: Instant('Start of a quarter hour.'), powerW: Type.Number() }),
      { description: 'Mean power, W; empty where nothing was measured or told yet.' },
    ),
    errors: Type.Array(
      Type.Object({
        horizonSec: Type.Integer({ description: 'How far ahead the forecasts were made, s.' }),
        meanAbsoluteErrorW: Type.Number({ description: 'Over the last seven days, W.' }),
        count: Type.Integer({ description: 'Forecasts compared with what was measured.' }),
      }),
    ),
  },
  { title: 'PowerForecast' },
);

export const ForecastSchema = Type.Object(
  {
    load: OneForecast,
    pv: OneForecast,
  },
  {
    title: 'SiteForecast',
    description:
      'As plans count it: what a load-forecast or pv-forecast signal tells; else from the own samples of ' +
      'the site, seasonal by weekday and hour in its time zone and blended with the last hour. load: ' +
      'uncontrolled, at the root, before PV and without batteries; pv: of generation meters, or what a ' +
      'net load below zero shows.',
  },
);
