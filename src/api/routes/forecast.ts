/** What the building is expected to use and its PV to give. */
import type { Static } from 'typebox';
import {
  forecast as forecastOf,
  forecastErrors,
  type PowerPoint,
} from '../../planning/forecast.js';
import { readSiteHistory } from '../../planning/site-history.js';
import type { Site } from '../../sites/site.js';
import { QUARTER_MS } from '../../store/power-ports.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { instant } from '../render/instant.js';
import { problems, READ_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { FORECAST_DEFAULT_SEC, ForecastQuery, ForecastSchema } from '../schema/forecast.js';

interface Window {
  readonly nowMs: number;
  readonly untilMs: number;
}

export function forecast(app: App, api: ApiContext): void {
  app.get(
    '/v1/sites/:siteId/forecast',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Forecasts of building load and PV, with how far off they have been',
        tags: ['planning'],
        params: SiteParams,
        querystring: ForecastQuery,
        response: { 200: ForecastSchema, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      const { horizonSec = FORECAST_DEFAULT_SEC } = request.query;
      const nowMs = api.clock.nowMs();
      const { load, pv } = await orUnavailable(readSiteHistory(api.store, site, nowMs));
      const window = { nowMs, untilMs: nowMs + horizonSec * 1000 };
      return { load: shown(load, site, window), pv: shown(pv, site, window) };
    },
  );
}

function shown(
  history: readonly PowerPoint[],
  { timeZone }: Site,
  { nowMs, untilMs }: Window,
): Static<typeof ForecastSchema>['load'] {
  const [first] = history;
  const made = forecastOf(history, timeZone, nowMs);
  const series: { at: string; powerW: number }[] = [];
  const startMs = Math.floor(nowMs / QUARTER_MS) * QUARTER_MS;
  for (let atMs = startMs; made !== undefined && atMs < untilMs; atMs += QUARTER_MS) {
    series.push({ at: instant(atMs), powerW: Math.round(made(atMs)) });
  }
  return {
    ...(first === undefined ? {} : { historyFrom: instant(first.atMs) }),
    series,
    errors: [...forecastErrors(history, timeZone, nowMs)],
  };
}
