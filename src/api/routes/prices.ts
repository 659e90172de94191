/** What energy costs at a site over time. */
import type { Static } from 'typebox';
import { type CsvFault, parseDayAhead } from '../../signals/day-ahead-csv.js';
import { microsOf, moneyText } from '../../signals/money.js';
import type { Signal, SignalPoint } from '../../signals/signal.js';
import type { Site } from '../../sites/site.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { priceIntake, type PriceIntake, type PricesByType } from '../price-intake.js';
import { invalid, Problem } from '../problem.js';
import { instant } from '../render/instant.js';
import { problems, READ_ONE, WRITE_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { DayAheadQuery, PricesSchema, PricesTold } from '../schema/price.js';

const AHEAD_MAX_MS = 370 * 24 * 3_600_000;

export async function prices(app: App, api: ApiContext): Promise<void> {
  const intake = priceIntake(api);
  app.get(
    '/v1/sites/:siteId/prices',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What is known of the prices of energy',
        tags: ['planning'],
        params: SiteParams,
        response: { 200: PricesSchema, ...problems(...READ_ONE) },
      },
    },
    async (request) => shown(intake, siteOf(api, principal(request), request.params.siteId)),
  );

  app.put(
    '/v1/sites/:siteId/prices',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Tell prices of energy; those outside of their time stay',
        tags: ['planning'],
        params: SiteParams,
        body: PricesTold,
        response: { 200: PricesSchema, ...problems(...WRITE_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const site = siteOf(api, caller, request.params.siteId);
      const told = toldOf(request.body);
      refuseEnded(told, api.clock.nowMs());
      await intake.take(site, caller, told);
      return shown(intake, site);
    },
  );

  await app.register(async (scope) => dayAhead(scope as App, api, intake));
}

function dayAhead(scope: App, api: ApiContext, intake: PriceIntake): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    ['text/csv', 'text/plain'],
    { parseAs: 'string' },
    (_req, body, done) => {
      done(null, body);
    },
  );
  scope.post(
    '/v1/sites/:siteId/prices/day-ahead',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Tell prices as a day-ahead file (text/csv)',
        description:
          'A header and a line a step. Columns: start (RFC 3339 with offset), import per kWh or ' +
          'import per MWh; where wanted end, and export per kWh or export per MWh. Separated by ' +
          'commas, semicolons or tabs.',
        tags: ['planning'],
        params: SiteParams,
        querystring: DayAheadQuery,
        response: {
          200: PricesSchema,
          ...problems('unauthenticated', 'forbidden', 'not-found', 'invalid', 'body-too-large'),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const site = siteOf(api, caller, request.params.siteId);
      const { body } = request as { readonly body: unknown };
      const parsed = parseDayAhead(typeof body === 'string' ? body : '');
      if (!('imported' in parsed)) throw faultsOf(parsed);
      const { imported, exported, endsAtMs } = parsed;
      const { currency } = request.query;
      const told = {
        price: { currency, series: imported, endsAtMs },
        ...(exported.length === 0
          ? {}
          : { 'export-price': { currency, series: exported, endsAtMs } }),
      };
      refuseEnded(told, api.clock.nowMs());
      await intake.take(site, caller, told);
      return shown(intake, site);
    },
  );
}

function faultsOf(faults: readonly CsvFault[]): Problem {
  const errors = faults.map(({ line, field, detail }) => ({
    pointer: `/${line}/${field}`,
    detail: `line ${line}, ${field}: ${detail}`,
  }));
  return new Problem('invalid', { detail: errors[0]?.detail ?? 'not readable', errors });
}

function refuseEnded(told: PricesByType, nowMs: number): void {
  const endsAtMs = told.price?.endsAtMs ?? nowMs;
  const lastMs = nowMs + AHEAD_MAX_MS;
  if (endsAtMs > nowMs && endsAtMs <= lastMs) return;
  const detail = `must be after the site's time ${instant(nowMs)} and at most ${instant(lastMs)}`;
  throw invalid('/endsAt', detail);
}

/** Throws `invalid` with pointers relative to the told prices. */
export function toldOf({ currency, endsAt, ...told }: Static<typeof PricesTold>): PricesByType {
  const endsAtMs = Date.parse(endsAt);
  const of = (name: 'importPrices' | 'exportPrices') => ({
    currency,
    series: seriesOf(told[name] ?? [], `/${name}`, endsAtMs),
    endsAtMs,
  });
  return {
    price: of('importPrices'),
    ...(told.exportPrices === undefined ? {} : { 'export-price': of('exportPrices') }),
  };
}

function seriesOf(
  steps: readonly { readonly at: string; readonly pricePerKwh: string }[],
  pointer: string,
  endsAtMs: number,
): readonly SignalPoint[] {
  const points = steps.map((it) => ({ atMs: Date.parse(it.at), value: microsOf(it.pricePerKwh) }));
  points.forEach(({ atMs }, index) => {
    const beforeMs = points[index - 1]?.atMs ?? Number.NEGATIVE_INFINITY;
    if (atMs <= beforeMs)
      throw invalid(`${pointer}/${index}/at`, `must be after ${instant(beforeMs)}`);
    if (atMs >= endsAtMs) throw invalid(`${pointer}/${index}/at`, 'must be before /endsAt');
  });
  return points;
}

function shown(intake: PriceIntake, site: Site): Static<typeof PricesSchema> {
  const imported = intake.known(site, 'price');
  const exported = intake.known(site, 'export-price');
  const currency = imported?.currency;
  return {
    ...(currency === undefined ? {} : { currency }),
    ...(imported === undefined ? {} : { importPrices: knownOf(imported) }),
    ...(exported === undefined ? {} : { exportPrices: knownOf(exported) }),
  };
}

function knownOf({ series, endsAtMs }: Signal) {
  return {
    series: series.map(({ atMs, value }) => ({ at: instant(atMs), pricePerKwh: moneyText(value) })),
    endsAt: instant(endsAtMs),
  };
}
