import { stationId as asStationId } from '../../../../solver/index.js';
import type { StationRecord } from '../../../ocpp/messages.js';
import { orUnavailable } from '../../api-errors.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { siteOfStation } from '../../lookup.js';
import { defined } from '../../render/defined.js';
import { instant } from '../../render/instant.js';
import { problems, READ_ONE } from '../../route-schema.js';
import { PAGE_LIMIT_DEFAULT } from '../../schema/common.js';
import { StationParams } from '../../schema/station.js';
import {
  RecordQuery,
  type StationRecordBody,
  StationRecordPage,
} from '../../schema/station-record.js';

/** Where the answers of requests are found that a station sends later, in messages of its own. */
export function stationRecords(app: App, api: ApiContext): void {
  app.get(
    '/v1/charging-stations/:stationId/records',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What a station reported beside charging, newest first',
        description:
          'Security events, customer information, display messages, monitoring reports, progress of ' +
          'firmware and logs, DataTransfer and the like, with `requestId` where one was asked for.',
        tags: ['charging stations'],
        params: StationParams,
        querystring: RecordQuery,
        response: {
          200: StationRecordPage,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const stationId = asStationId(request.params.stationId);
      siteOfStation(api, caller, stationId);
      const { kind, requestId, from, limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const asked = defined({
        tenantId: caller.tenantId,
        stationId,
        kinds: kind === undefined ? undefined : [kind],
        requestId,
        sinceMs: from === undefined ? undefined : Date.parse(from),
        limit,
        after,
      });
      const page = await orUnavailable(api.store.records.list(asked));
      return defined({ items: page.items.map(renderRecord), next: page.next });
    },
  );
}

function renderRecord(record: StationRecord): StationRecordBody {
  const { kind, severity, atMs, receivedAtMs, evseNumber, requestId, summary, data } = record;
  return defined({
    kind,
    severity,
    at: instant(atMs),
    receivedAt: instant(receivedAtMs),
    evseNumber,
    requestId,
    summary,
    data,
  });
}
