/** What an operator says about a station: passed the offline tests, how to speak with it. */
import type { OcppVersion, SchemaMode } from '../../ocpp/messages.js';
import { stationId as toStationId } from '../../../solver/index.js';
import type { Site } from '../../sites/site.js';
import type { StationProtocol } from '../../store/ports.js';
import type { App } from '../app.js';
import type { Principal } from '../auth/principal.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { editSite } from '../edit-site.js';
import { IfMatchHeaders, requireMatch } from '../if-match.js';
import { siteOfStation } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { stationTag } from '../render/station.js';
import { problems } from '../route-schema.js';
import { DryRunQuery } from '../schema/common.js';
import { StationParams, StationPatch, StationSchema } from '../schema/station.js';
import { protocolOf, stationBodies } from '../station-body.js';
import { type Change, write } from '../write.js';
import { EDIT_PROBLEMS } from './sites.js';

export function patchChargingStation(app: App, api: ApiContext): void {
  app.patch(
    '/v1/charging-stations/:stationId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Record the offline tests of a station, or how to speak with it',
        description:
          'The offline tests are power cycle, link loss and lease expiry, each with the network ' +
          'unplugged; until then the station is reserved at its hardware maximum, and again once it ' +
          'boots as another vendor, model or firmware than they were recorded for. How strictly its ' +
          'payloads are read, and the version that it is pinned to, count from its next connection.',
        tags: ['charging stations'],
        params: StationParams,
        headers: IfMatchHeaders,
        querystring: DryRunQuery,
        body: StationPatch,
        response: { 200: StationSchema, ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { stationId } = request.params;
      const { offlineTested, ...protocol } = request.body;
      const known = siteOfStation(api, caller, stationId);
      const { 'if-match': ifMatch } = request.headers;
      const before = await protocolOf(api, known, stationId);
      requireMatch(ifMatch, stationTag(known, stationId, before));
      const change = protocolChange(before, stationId, protocol);
      const { query } = request;
      const site =
        offlineTested === undefined
          ? known
          : await editSite(api, {
              caller,
              siteId: known.id,
              match: { ifMatch, etag: (newest) => stationTag(newest, stationId, before) },
              query,
              action: 'station.offline-test-recorded',
              target: `station:${stationId}`,
              after: { offlineTested },
              retested: offlineTested ? [toStationId(stationId)] : [],
              change: (newest) => withOfflineTested(newest, stationId, offlineTested),
            });
      if (query.dryRun !== true && change !== undefined) {
        await setProtocol(api, caller, known, { stationId, ...change });
      }
      const [shown] = await stationBodies(api, site, [stationId]);
      if (shown === undefined) throw new Problem('not-found');
      const etag = stationTag(site, stationId, await protocolOf(api, site, stationId));
      return reply.header('etag', etag).send(shown);
    },
  );
}

function withOfflineTested(site: Site, stationId: string, offlineTested: boolean): Site {
  const stations = site.stations.map((it) => (it.id === stationId ? { ...it, offlineTested } : it));
  return { ...site, stations };
}

interface ProtocolAsk {
  readonly stationId: string;
  readonly before: StationProtocol;
  readonly patch: ProtocolPatch;
}

interface ProtocolPatch {
  readonly schemaMode?: SchemaMode;
  readonly pinnedVersion?: OcppVersion | null;
}

/** Kept beside the secret: a station without one has nothing to speak with. */
function protocolChange(
  before: StationProtocol | undefined,
  stationId: string,
  patch: ProtocolPatch,
): { readonly before: StationProtocol; readonly patch: ProtocolPatch } | undefined {
  const [field] = Object.keys(patch);
  if (field === undefined) return undefined;
  if (before !== undefined) return { before, patch };
  throw invalid(`/${field}`, `${stationId} has no secret yet: provision it first`);
}

async function setProtocol(
  api: ApiContext,
  caller: Principal,
  site: Site,
  { stationId, before, patch }: ProtocolAsk,
): Promise<void> {
  const change: Change = {
    tenantId: site.tenantId,
    siteId: site.id,
    actor: caller.actor,
    action: 'station.protocol-set',
    target: `station:${stationId}`,
    before,
    after: patch,
  };
  const isSet = await write(api, change, () =>
    api.store.stations.setProtocol(stationId, before, patch, caller.actor),
  );
  if (!isSet) throw new Problem('precondition-failed');
}
