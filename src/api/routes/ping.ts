import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOfStation } from '../lookup.js';
import { Problem } from '../problem.js';
import { problems, READ_ONE } from '../route-schema.js';
import { CommandTaken, StationParams } from '../schema/station.js';
import { write } from '../write.js';

/** Asks a station for a sign of life: changes nothing there, and its round trip is in the figures. */
export function ping(app: App, api: ApiContext): void {
  app.post(
    '/v1/charging-stations/:stationId/ping',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Ask a station to send a heartbeat',
        tags: ['charging stations'],
        params: StationParams,
        response: {
          202: CommandTaken,
          ...problems(...READ_ONE, 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const site = siteOfStation(api, caller, request.params.stationId);
      const station = api.engine
        .stations(site.id)
        .find((each) => each.id === request.params.stationId);
      if (station === undefined || station.stage === 'offline') {
        throw new Problem('conflict', { detail: `${request.params.stationId} is offline` });
      }
      await write(
        api,
        {
          tenantId: caller.tenantId,
          siteId: site.id,
          actor: caller.actor,
          action: 'station.ping-asked',
          target: `station:${station.id}`,
        },
        () =>
          api.engine.order(site.id, {
            stationId: station.id,
            command: { kind: 'trigger-message', message: 'heartbeat' },
            actor: caller.actor,
          }),
      );
      return reply.status(202).send({ status: 'queued' });
    },
  );
}
