/** Stations come to a site with their EVSEs, and leave it with them. */
import { Type } from 'typebox';
import { stationId as stationIdOf } from '../../../solver/index.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { editSite } from '../edit-site.js';
import { IfMatchHeaders } from '../if-match.js';
import { siteOfStation } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { evseOf } from '../render/site.js';
import { renderStation, stationTag } from '../render/station.js';
import { problems, READ_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { EditQuery } from '../schema/site.js';
import { StationAdd, StationParams, StationSchema } from '../schema/station.js';
import { protocolOf, stationBodies } from '../station-body.js';
import { EDIT_PROBLEMS } from './sites.js';

export function siteStations(app: App, api: ApiContext): void {
  add(app, api);

  app.get(
    '/v1/charging-stations/:stationId',
    {
      config: { access: 'read' },
      schema: {
        summary: 'One charging station; the ETag is that of its configuration',
        tags: ['charging stations'],
        params: StationParams,
        response: {
          200: StationSchema,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request, reply) => {
      const { stationId } = request.params;
      const site = siteOfStation(api, principal(request), stationId);
      const [shown] = await stationBodies(api, site, [stationId]);
      if (shown === undefined) throw new Problem('not-found');
      const etag = stationTag(site, stationId, await protocolOf(api, site, stationId));
      return reply.header('etag', etag).send(shown);
    },
  );

  app.delete(
    '/v1/charging-stations/:stationId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Remove a station and its EVSEs',
        description: 'Its credential stops working and its connection is closed.',
        tags: ['charging stations'],
        params: StationParams,
        headers: IfMatchHeaders,
        querystring: EditQuery,
        response: { 204: Type.Null(), ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { stationId } = request.params;
      const known = siteOfStation(api, caller, stationId);
      const protocol = await protocolOf(api, known, stationId);
      await editSite(api, {
        caller,
        siteId: known.id,
        match: {
          ifMatch: request.headers['if-match'],
          etag: (site) => stationTag(site, stationId, protocol),
        },
        query: request.query,
        action: 'station.removed',
        target: `station:${stationId}`,
        before: { evses: known.evses.filter((it) => it.stationId === stationId) },
        change: (site) => ({
          ...site,
          stations: site.stations.filter((it) => it.id !== stationId),
          evses: site.evses.filter((it) => it.stationId !== stationId),
        }),
      });
      return reply.status(204).send(null);
    },
  );
}

function add(app: App, api: ApiContext): void {
  app.post(
    '/v1/sites/:siteId/stations',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Add a charging station with its EVSEs to a site',
        description:
          'It counts at its hardware maximum from now on. Its secret is made by ' +
          'POST /v1/charging-stations.',
        tags: ['charging stations'],
        params: SiteParams,
        querystring: EditQuery,
        body: StationAdd,
        response: { 200: StationSchema, 201: StationSchema, ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { siteId } = request.params;
      const { id, evses } = request.body;
      const astray = evses.findIndex((it) => it.stationId !== id);
      if (astray >= 0) throw invalid(`/evses/${astray}/stationId`, `must be ${id}`);
      const station = { id: stationIdOf(id), offlineTested: false };
      const edited = await editSite(api, {
        caller,
        siteId,
        query: request.query,
        action: 'station.added',
        target: `station:${id}`,
        after: request.body,
        change: (site) => {
          if (site.stations.some((it) => it.id === id)) {
            throw new Problem('conflict', { detail: `/id: the site has a station ${id}` });
          }
          return {
            ...site,
            stations: [...site.stations, station],
            evses: [...site.evses, ...evses.map(evseOf)],
          };
        },
      });
      const shown = renderStation(edited, station, undefined, undefined);
      if (request.query.dryRun === true) return reply.status(200).send(shown);
      return reply
        .status(201)
        .header('location', `/v1/charging-stations/${id}`)
        .header('etag', stationTag(edited, id, undefined))
        .send(shown);
    },
  );
}
