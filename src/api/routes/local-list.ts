/** The local authorisation list of a station: what it shall hold, and how far that is. */
import type { ListEntry, LocalList } from '../../upkeep/local-list/local-list.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import { allows } from '../auth/principal.js';
import type { ApiContext } from '../context.js';
import { invalid } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant, instantOrNone } from '../render/instant.js';
import { problems, READ_ONE, WRITE } from '../route-schema.js';
import {
  type ListEntryBody,
  type LocalListBody,
  LocalListPut,
  LocalListSchema,
} from '../schema/local-list.js';
import { StationParams } from '../schema/station.js';
import { changeOf, stationOf } from '../upkeep-station.js';
import { write } from '../write.js';

export function localList(app: App, api: ApiContext): void {
  app.get(
    '/v1/charging-stations/:stationId/local-list',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The local authorisation list of a station',
        tags: ['local lists'],
        params: StationParams,
        response: {
          200: LocalListSchema,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const station = stationOf(api, caller, request.params.stationId);
      const list = await orUnavailable(api.store.upkeep.localLists.find(station.stationId));
      return render(station.stationId, list, allows(caller, 'write') ? 'whole' : 'counts');
    },
  );

  app.put(
    '/v1/charging-stations/:stationId/local-list',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Say what the local authorisation list of a station shall hold',
        description:
          'A desired state: the list is brought there as soon as the station is ready, by a ' +
          'differential update where both sides know the version, in full otherwise. Tokens longer ' +
          'than the protocol of the station allows are left out.',
        tags: ['local lists'],
        params: StationParams,
        body: LocalListPut,
        response: {
          200: LocalListSchema,
          ...problems(...WRITE, 'not-found'),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const station = stationOf(api, caller, request.params.stationId);
      const { stationId, site } = station;
      const { body } = request;
      const explicit = body.source === 'explicit' ? entriesOf(body.entries) : [];
      const { localLists } = api.store.upkeep;
      const owner = { tenantId: site.tenantId, siteId: site.id, stationId, actor: caller.actor };
      const list = await write(
        api,
        changeOf(station, caller, {
          action: 'local-list.changed',
          target: `station:${stationId}`,
          after: { source: body.source, entryCount: explicit.length },
        }),
        () => localLists.want({ ...owner, source: body.source, explicit }),
      );
      api.upkeep.listChanged(stationId);
      return render(stationId, list, 'whole');
    },
  );
}

/** Equal tokens twice would make the list depend on their order. */
function entriesOf(entries: readonly ListEntryBody[]): readonly ListEntry[] {
  const seen = new Set<string>();
  return entries.map(({ idToken, status = 'Accepted', expiresAt, groupIdToken }, index) => {
    const key = idToken.toUpperCase();
    if (seen.has(key)) throw invalid(`/entries/${index}/idToken`, 'is in the list already');
    seen.add(key);
    return defined({
      idToken,
      status,
      expiresAtMs: expiresAt === undefined ? undefined : Date.parse(expiresAt),
      groupIdToken,
    });
  });
}

function render(
  stationId: string,
  list: LocalList | undefined,
  extent: 'whole' | 'counts',
): LocalListBody {
  const empty = { stationId, source: 'unmanaged', status: 'waiting' } as const;
  if (list === undefined) return { ...empty, version: 0, entryCount: 0 };
  const isWhole = extent === 'whole';
  return defined({
    stationId,
    source: list.source,
    status: list.status,
    detail: list.detail,
    version: list.held.version,
    entryCount: list.held.entries.length,
    checkedAt: instantOrNone(list.checkedAtMs),
    synchronisedAt: instantOrNone(list.synchronisedAtMs),
    wanted: isWhole && list.source === 'explicit' ? list.explicit.map(renderEntry) : undefined,
    held: isWhole ? list.held.entries.map(renderEntry) : undefined,
  });
}

function renderEntry({ idToken, status, expiresAtMs, groupIdToken }: ListEntry): ListEntryBody {
  return defined({
    idToken,
    status,
    expiresAt: expiresAtMs === undefined ? undefined : instant(expiresAtMs),
    groupIdToken,
  });
}
