/** Charging stations: list, provision, remote start. */
import { stationId } from '../../../solver/index.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { listPage } from '../list-page.js';
import { siteOf, sitesOf } from '../lookup.js';
import { invalid } from '../problem.js';
import { problems, READ_ONE, WRITE } from '../route-schema.js';
import { StationCreate, StationCreated, StationPage, StationQuery } from '../schema/station.js';
import { stationBodies } from '../station-body.js';
import { write } from '../write.js';

export function chargingStations(app: App, api: ApiContext): void {
  app.get(
    '/v1/charging-stations',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Charging stations and how far their first contact has come',
        tags: ['charging stations'],
        querystring: StationQuery,
        response: {
          200: StationPage,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { siteId } = request.query;
      const sites = siteId === undefined ? sitesOf(api, caller) : [siteOf(api, caller, siteId)];
      const all = sites.flatMap((site) => site.stations.map(({ id }) => ({ id, site })));
      const { items, ...more } = listPage(all, request.query);
      const shownSites = [...new Set(items.map(({ site }) => site))];
      const shown = shownSites.map((site) => {
        const ids = items.filter((it) => it.site === site).map(({ id }) => id);
        return stationBodies(api, site, ids);
      });
      return { items: (await Promise.all(shown)).flat(), ...more };
    },
  );

  app.post(
    '/v1/charging-stations',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Provision a station of a site; its secret is shown once',
        description: 'A second call replaces the secret: the old one stops working at once.',
        tags: ['charging stations'],
        body: StationCreate,
        response: {
          201: StationCreated,
          ...problems(...WRITE, 'not-found'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const site = siteOf(api, caller, request.body.siteId);
      const id = stationId(request.body.stationId);
      if (!site.stations.some((station) => station.id === id)) {
        throw invalid('/stationId', `${id} is not listed in the stations of site ${site.id}`);
      }
      const secret = api.credentials.newSecret();
      const mac = api.credentials.macOf(secret);
      await write(
        api,
        {
          tenantId: caller.tenantId,
          siteId: site.id,
          actor: caller.actor,
          action: 'station.secret-set',
          target: `station:${id}`,
        },
        () => api.store.stations.setCredential(id, site.id, mac, caller.actor),
      );
      return reply.status(201).send({ stationId: id, siteId: site.id, secret });
    },
  );
}
