import { stationId as asStationId } from '../../../../solver/index.js';
import { stationReport } from '../../../operations/station-report.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import { cardBody, kindIn } from '../../capability-cards.js';
import type { ApiContext } from '../../context.js';
import { siteOfStation } from '../../lookup.js';
import { Problem } from '../../problem.js';
import { renderStationPage } from '../../render/station-page.js';
import { problems, READ_ONE } from '../../route-schema.js';
import { stationBodies } from '../../station-body.js';
import { StationParams } from '../../schema/station.js';
import { StationPage, StationPageQuery } from '../../schema/station-page.js';

const DAY_MS = 24 * 3_600_000;
const DAYS_DEFAULT = 30;
const FAULTS_MAX = 100;

/** Everything that the page of a station shows, over the last days. */
export function stationPage(app: App, api: ApiContext): void {
  app.get(
    '/v1/charging-stations/:stationId/overview',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A station with trust, uptime, sessions, connections and faults',
        tags: ['charging stations'],
        params: StationParams,
        querystring: StationPageQuery,
        response: {
          200: StationPage,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { tenantId } = caller;
      const stationId = asStationId(request.params.stationId);
      const site = siteOfStation(api, caller, stationId);
      const toMs = api.clock.nowMs();
      const evses = site.evses.filter((it) => it.stationId === stationId);
      const { operations } = api.store;
      const [[station], report, faults] = await Promise.all([
        stationBodies(api, site, [stationId]),
        stationReport(operations, {
          tenantId,
          siteId: site.id,
          stationId,
          evseNumbers: evses.map((it) => it.evseNumber),
          fromMs: toMs - (request.query.days ?? DAYS_DEFAULT) * DAY_MS,
          toMs,
        }),
        operations.faults.list({
          tenantId,
          stationId,
          states: ['open', 'acknowledged'],
          limit: FAULTS_MAX,
        }),
      ]);
      const state = api.engine.state(site.id);
      if (station === undefined) throw new Problem('not-found');
      const known = state?.stations.get(stationId);
      const kind = known === undefined ? undefined : kindIn(known);
      const card = kind === undefined ? undefined : await cardBody(api, caller, kind);
      const parts = { site, stationId, station, state, report, faults: faults.items, card };
      return renderStationPage(parts);
    },
  );
}
