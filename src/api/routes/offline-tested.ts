/** Whether a station's model passed the offline tests: only then do its fallback and leases count. */
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOfStation } from '../lookup.js';
import { Problem } from '../problem.js';
import { renderStation } from '../render/station.js';
import { problems } from '../route-schema.js';
import { StationParams, StationPatch, StationSchema } from '../schema/station.js';
import { write } from '../write.js';

export function offlineTested(app: App, api: ApiContext): void {
  app.patch(
    '/v1/charging-stations/:stationId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Say that a station passed the offline tests, or no longer does',
        description:
          'Power cycle, link loss and lease expiry, each with the network unplugged. Until then the ' +
          'station is reserved at its hardware maximum.',
        tags: ['charging stations'],
        params: StationParams,
        body: StationPatch,
        response: {
          200: StationSchema,
          ...problems(
            'unauthenticated',
            'forbidden',
            'malformed-json',
            'not-found',
            'invalid',
            'unavailable',
          ),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { stationId } = request.params;
      const { offlineTested: to } = request.body;
      const known = siteOfStation(api, caller, stationId);
      const site = await api.register.edit(known.id, async (newest) => {
        const stations = newest.stations.map((it) =>
          it.id === stationId ? { ...it, offlineTested: to } : it,
        );
        const edited = { ...newest, stations, version: newest.version + 1 };
        const change = {
          tenantId: newest.tenantId,
          siteId: newest.id,
          actor: caller.actor,
          action: 'station.offline-test-recorded',
          target: `station:${stationId}`,
          after: { offlineTested: to },
        };
        const event = { type: 'site.edited', site: edited, actor: caller.actor } as const;
        await write(api, change, () => api.engine.submit(newest.id, event));
        return edited;
      });
      const station = site?.stations.find((it) => it.id === stationId);
      if (site === undefined || station === undefined) throw new Problem('not-found');
      const state = api.engine.stations(site.id).find((it) => it.id === stationId);
      return renderStation(site, station, state);
    },
  );
}
