import { stationId as asStationId } from '../../../../solver/index.js';
import { closeInWords } from '../../../operations/close-words.js';
import type { StationConnection } from '../../../store/operations/ports.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { siteOfStation } from '../../lookup.js';
import { defined } from '../../render/defined.js';
import { instant, instantOrNone } from '../../render/instant.js';
import { problems, READ_ONE } from '../../route-schema.js';
import { PAGE_LIMIT_DEFAULT, PageQuery } from '../../schema/common.js';
import { StationParams } from '../../schema/station.js';
import {
  type StationConnectionBody,
  StationConnectionPage,
} from '../../schema/station-messages.js';
import { Type } from 'typebox';

/** When a station was connected, from where, and why each connection ended. */
export function stationConnections(app: App, api: ApiContext): void {
  app.get(
    '/v1/charging-stations/:stationId/connections',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Connections of a station with their ends in words, newest first',
        tags: ['charging stations'],
        params: StationParams,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: {
          200: StationConnectionPage,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { tenantId } = caller;
      const stationId = asStationId(request.params.stationId);
      siteOfStation(api, caller, stationId);
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const { connections } = api.store.operations;
      const page = await connections.list(defined({ tenantId, stationId, limit, after }));
      const nowMs = api.clock.nowMs();
      return defined({
        items: page.items.map((it) => renderConnection(it, nowMs)),
        next: page.next,
      });
    },
  );
}

export function renderConnection(row: StationConnection, nowMs: number): StationConnectionBody {
  const { id, version, remoteAddress, openedAtMs, closedAtMs, closeCode, messagesIn } = row;
  return defined({
    id,
    version,
    remoteAddress,
    openedAt: instant(openedAtMs),
    lastMessageAt: instantOrNone(row.lastMessageAtMs),
    closedAt: instantOrNone(closedAtMs),
    durationSec: Math.max(0, (closedAtMs ?? nowMs) - openedAtMs) / 1000,
    closeCode,
    closeReason: closedAtMs === undefined ? undefined : closeInWords(closeCode, row.closeReason),
    messagesIn,
    messagesOut: row.messagesOut,
  });
}
