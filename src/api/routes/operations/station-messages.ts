/** The log of a station's OCPP messages: search, export, and how much of it is kept. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { stationId as asStationId } from '../../../../solver/index.js';
import { createFrameExplainer, type FrameExplainer } from '../../../ocpp/explain-frame.js';
import type { LoggedMessage, MessageQuery as StoreQuery } from '../../../store/operations/ports.js';
import { orUnavailable } from '../../api-errors.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { csvLine } from '../../csv.js';
import { siteOfStation } from '../../lookup.js';
import { defined } from '../../render/defined.js';
import { instant } from '../../render/instant.js';
import { problems, READ_ONE, WRITE_ONE } from '../../route-schema.js';
import { PAGE_LIMIT_DEFAULT } from '../../schema/common.js';
import { StationParams } from '../../schema/station.js';
import {
  MessageExportQuery,
  type MessageFilters,
  MessageLogSettings,
  MessageQuery,
  type StationMessageBody,
  StationMessagePage,
} from '../../schema/station-messages.js';

const EXPORT_PAGE = 500;

export function stationMessages(app: App, api: ApiContext): void {
  const explain = createFrameExplainer();
  app.get(
    '/v1/charging-stations/:stationId/messages',
    {
      config: { access: 'read' },
      schema: {
        summary: 'OCPP messages of a station, secrets masked',
        tags: ['charging stations'],
        params: StationParams,
        querystring: MessageQuery,
        response: { 200: StationMessagePage, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { stationId } = request.params;
      siteOfStation(api, caller, stationId);
      const query = storeQuery(caller.tenantId, stationId, request.query);
      const page = await api.store.operations.messages.list(query);
      return defined({
        items: page.items.map((it) => renderMessage(it, explain)),
        next: page.next,
      });
    },
  );
  exportMessages(app, api);
  settings(app, api);
}

function exportMessages(app: App, api: ApiContext): void {
  const explain = createFrameExplainer();
  app.get(
    '/v1/charging-stations/:stationId/messages/export',
    {
      config: { access: 'read' },
      schema: {
        summary: 'All messages that a search finds, as NDJSON or CSV',
        tags: ['charging stations'],
        params: StationParams,
        querystring: MessageExportQuery,
        response: {
          200: {
            description: 'A stream of lines',
            content: {
              'application/x-ndjson': { schema: Type.String() },
              'text/csv': { schema: Type.String() },
            },
          },
          ...problems(...READ_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { stationId } = request.params;
      const { format, ...filters } = request.query;
      siteOfStation(api, caller, stationId);
      const query = storeQuery(caller.tenantId, stationId, { ...filters, limit: EXPORT_PAGE });
      // The first page is read before the answer begins: what fails then is still a problem.
      const first = await api.store.operations.messages.list(query);
      const lineOf = format === 'csv' ? csvOf : ndjsonOf;
      const head = format === 'csv' ? csvLine(CSV_COLUMNS) : '';
      const lines = linesOf(api, query, first, (it) => lineOf(renderMessage(it, explain)));
      const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
      return reply
        .type(type)
        .header('content-disposition', `attachment; filename="messages.${format}"`)
        .serializer((payload) => payload as string)
        .send(Readable.from(prefixed(head, lines)) as unknown as string);
    },
  );
}

async function* prefixed(head: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  if (head !== '') yield head;
  yield* lines;
}

/** A page at a time, as the reader takes it. */
async function* linesOf(
  api: ApiContext,
  query: StoreQuery,
  first: Awaited<ReturnType<ApiContext['store']['operations']['messages']['list']>>,
  lineOf: (message: LoggedMessage) => string,
): AsyncGenerator<string> {
  let page = first;
  for (;;) {
    for (const message of page.items) yield lineOf(message);
    if (page.next === undefined) return;
    page = await api.store.operations.messages.list({ ...query, after: page.next });
  }
}

const CSV_COLUMNS = [
  'id',
  'at',
  'direction',
  'version',
  'messageType',
  'messageId',
  'action',
  'errorCode',
  'bytes',
  'violation',
  'message',
];

function csvOf(body: StationMessageBody): string {
  const text = typeof body.message === 'string' ? body.message : JSON.stringify(body.message);
  return csvLine([
    body.id,
    body.at,
    body.direction,
    body.version,
    body.messageType,
    body.messageId,
    body.action,
    body.errorCode,
    body.bytes,
    body.violation,
    text,
  ]);
}

function ndjsonOf(body: StationMessageBody): string {
  return `${JSON.stringify(body)}\n`;
}

function settings(app: App, api: ApiContext): void {
  app.get(
    '/v1/charging-stations/:stationId/message-log',
    {
      config: { access: 'read' },
      schema: {
        summary: "How much of a station's messages is kept",
        tags: ['charging stations'],
        params: StationParams,
        response: { 200: MessageLogSettings, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const { stationId } = request.params;
      siteOfStation(api, principal(request), stationId);
      const id = asStationId(stationId);
      return { keepFraction: await api.store.operations.messages.keepFraction(id) };
    },
  );
  app.put(
    '/v1/charging-stations/:stationId/message-log',
    {
      config: { access: 'write' },
      schema: {
        summary: "Keep all, a share, or none of a station's messages",
        tags: ['charging stations'],
        params: StationParams,
        body: MessageLogSettings,
        response: {
          200: MessageLogSettings,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { keepFraction } = request.body;
      const stationId = asStationId(request.params.stationId);
      const { id: siteId } = siteOfStation(api, principal(request), stationId);
      const ask = { tenantId, siteId, stationId, keepFraction, actor };
      await orUnavailable(api.store.operations.messages.setKeepFraction(ask));
      return { keepFraction };
    },
  );
}

function storeQuery(tenantId: string, stationId: string, filters: MessageFilters): StoreQuery {
  const { from, to, direction, action, type, text, only, after } = filters;
  return defined({
    tenantId,
    stationId: asStationId(stationId),
    fromMs: from === undefined ? undefined : Date.parse(from),
    toMs: to === undefined ? undefined : Date.parse(to),
    direction,
    action,
    messageType: type,
    text,
    only,
    order: filters.order ?? 'newest-first',
    limit: filters.limit ?? PAGE_LIMIT_DEFAULT,
    after,
  });
}

function renderMessage(message: LoggedMessage, explain: FrameExplainer): StationMessageBody {
  const { id, atMs, direction, version, messageType, messageId, action, errorCode } = message;
  return {
    id,
    at: instant(atMs),
    direction,
    ...defined({ version, messageType, messageId, action, errorCode }),
    bytes: message.bytes,
    message: parsed(message.message),
    ...defined({ violation: explain(message) }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
