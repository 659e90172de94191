/** What the building is expected to use and its PV to give. */
import type { Static } from 'typebox';
import { forecastErrors, type PowerPoint } from '../../planning/forecast.js';
import { siteForecast } from '../../planning/site-forecast.js';
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

type Shown = Static<typeof ForecastSchema>['load'];

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
      const history = await orUnavailable(readSiteHistory(api.store, site, nowMs));
      const signals = api.engine.state(site.id)?.signals.values() ?? [];
      const made = siteForecast(site, signals, { history, nowMs, netNowW: 0 });
      const window = { nowMs, untilMs: nowMs + horizonSec * 1000 };
      const load = { at: made.loadAt, isKnown: made.isLoadKnown };
      const pv = { at: made.pvAt, isKnown: made.isPvKnown };
      return {
        load: { ...learnt(history.load, site, nowMs), series: seriesOf(load, window) },
        pv: { ...learnt(history.pv, site, nowMs), series: seriesOf(pv, window) },
      };
    },
  );
}

function seriesOf(
  made: { at(atMs: number): number; isKnown(atMs: number): boolean },
  { nowMs, untilMs }: Window,
): Shown['series'] {
  const series: Shown['series'] = [];
  const startMs = Math.floor(nowMs / QUARTER_MS) * QUARTER_MS;
  for (let atMs = startMs; atMs < untilMs; atMs += QUARTER_MS) {
    if (made.isKnown(atMs)) series.push({ at: instant(atMs), powerW: Math.round(made.at(atMs)) });
  }
  return series;
}

/** Of the own history alone: what is told is not measured against. */
function learnt(
  history: readonly PowerPoint[],
  { timeZone }: Site,
  nowMs: number,
): Omit<Shown, 'series'> {
  const [first] = history;
  return {
    ...(first === undefined ? {} : { historyFrom: instant(first.atMs) }),
    errors: [...forecastErrors(history, timeZone, nowMs)],
  };
}
