/** A new secret for a station, without locking it out. */
import { stationId } from '../../../solver/index.js';
import type { App } from '../app.js';
import { orUnavailable } from '../api-errors.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOfStation } from '../lookup.js';
import { Problem } from '../problem.js';
import { problems, READ_ONE } from '../route-schema.js';
import { SecretParams, SecretRotated } from '../schema/pending.js';
import { write } from '../write.js';

export function stationSecret(app: App, api: ApiContext): void {
  app.post(
    '/v1/charging-stations/:stationId/secret',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Rotate the secret of a station',
        description:
          'Old and new are good until the station has come in with the new one. A rotation that never ' +
          'reached the station does no harm: the one that it has stays good. To end a secret at once ' +
          'use POST /v1/charging-stations.',
        tags: ['charging stations'],
        params: SecretParams,
        response: {
          201: SecretRotated,
          ...problems(...READ_ONE, 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const id = stationId(request.params.stationId);
      const site = siteOfStation(api, caller, id);
      const { store, credentials } = api;
      if ((await orUnavailable(store.stations.credential(id))) === undefined) {
        throw new Problem('conflict', { detail: `${id} has no secret yet; provision it first` });
      }
      const secret = credentials.newSecret();
      const change = {
        tenantId: caller.tenantId,
        siteId: site.id,
        actor: caller.actor,
        action: 'station.secret-rotated',
        target: `station:${id}`,
      };
      const mac = credentials.macOf(secret);
      await write(api, change, () => store.stations.rotateCredential(id, mac, caller.actor));
      return reply.status(201).send({ stationId: id, secret });
    },
  );
}
