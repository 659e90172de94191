import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOfStation } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { problems } from '../route-schema.js';
import { CommandTaken, RemoteStart, StationParams } from '../schema/station.js';
import { write } from '../write.js';

/** Asks a station to start a transaction; the command takes its turn behind anything urgent. */
export function remoteStart(app: App, api: ApiContext): void {
  app.post(
    '/v1/charging-stations/:stationId/remote-start',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Ask a station to start a transaction',
        tags: ['charging stations'],
        params: StationParams,
        body: RemoteStart,
        response: {
          202: CommandTaken,
          ...problems(
            'unauthenticated',
            'forbidden',
            'malformed-json',
            'not-found',
            'conflict',
            'invalid',
            'unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const site = siteOfStation(api, caller, request.params.stationId);
      const { evseNumber, idToken } = request.body;
      const evse = site.evses.find(
        (each) => each.stationId === request.params.stationId && each.evseNumber === evseNumber,
      );
      if (evse === undefined) throw invalid('/evseNumber', `the station has no EVSE ${evseNumber}`);
      const { stationId } = evse;
      const station = api.engine.stations(site.id).find((each) => each.id === stationId);
      if (station === undefined || station.stage === 'offline') {
        throw new Problem('conflict', { detail: `${stationId} is offline` });
      }
      await write(
        api,
        {
          tenantId: caller.tenantId,
          siteId: site.id,
          actor: caller.actor,
          action: 'station.remote-start-asked',
          target: `evse:${evse.id}`,
        },
        () =>
          api.engine.order(site.id, {
            stationId,
            command: { kind: 'remote-start', evseNumber, idToken },
            actor: caller.actor,
          }),
      );
      return reply.status(202).send({ status: 'queued' });
    },
  );
}
