/** What an operator says about a station: passed the offline tests, how to speak with it. */
import type { OcppVersion, SchemaMode } from '../../ocpp/messages.js';
import type { Site } from '../../sites/site.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import type { Principal } from '../auth/principal.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOfStation } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { renderStation } from '../render/station.js';
import { problems } from '../route-schema.js';
import { StationParams, StationPatch, StationSchema } from '../schema/station.js';
import { type Change, write } from '../write.js';

export function patchChargingStation(app: App, api: ApiContext): void {
  app.patch(
    '/v1/charging-stations/:stationId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Record the offline tests of a station, or how to speak with it',
        description:
          'The offline tests are power cycle, link loss and lease expiry, each with the network ' +
          'unplugged; until then the station is reserved at its hardware maximum. How strictly its ' +
          'payloads are read, and the version that it is pinned to, count from its next connection.',
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
      const { offlineTested, ...protocol } = request.body;
      const known = siteOfStation(api, caller, stationId);
      await setProtocol(api, caller, known, stationId, protocol);
      const site =
        offlineTested === undefined
          ? known
          : await recordOfflineTests(api, caller, known, stationId, offlineTested);
      const station = site?.stations.find((it) => it.id === stationId);
      if (site === undefined || station === undefined) throw new Problem('not-found');
      const state = api.engine.stations(site.id).find((it) => it.id === stationId);
      const protocols = await orUnavailable(api.store.stations.protocols(site.id));
      return renderStation(site, station, state, protocols.get(stationId));
    },
  );
}

interface ProtocolPatch {
  readonly schemaMode?: SchemaMode;
  readonly pinnedVersion?: OcppVersion | null;
}

/** Kept beside the secret: a station without one has nothing to speak with. */
async function setProtocol(
  api: ApiContext,
  caller: Principal,
  site: Site,
  stationId: string,
  patch: ProtocolPatch,
): Promise<void> {
  const [field] = Object.keys(patch);
  if (field === undefined) return;
  const protocols = await orUnavailable(api.store.stations.protocols(site.id));
  const before = protocols.get(stationId);
  if (before === undefined) {
    throw invalid(`/${field}`, `${stationId} has no secret yet: provision it first`);
  }
  const change: Change = {
    tenantId: site.tenantId,
    siteId: site.id,
    actor: caller.actor,
    action: 'station.protocol-set',
    target: `station:${stationId}`,
    before,
    after: patch,
  };
  await write(api, change, () => api.store.stations.setProtocol(stationId, patch, caller.actor));
}

async function recordOfflineTests(
  api: ApiContext,
  caller: Principal,
  known: Site,
  stationId: string,
  to: boolean,
): Promise<Site | undefined> {
  return api.register.edit(known.id, async (newest) => {
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
}
