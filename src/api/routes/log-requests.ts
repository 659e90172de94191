/** Diagnostics and logs of stations: ask, follow, download. */
import { hasLogType } from '../../ocpp/requests/log.js';
import type { LogRequest } from '../../upkeep/diagnostics/log-request.js';
import { askForLog } from '../../upkeep/diagnostics/requests.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant, instantOrNone } from '../render/instant.js';
import { problems, READ_ONE, WRITE_ONE } from '../route-schema.js';
import {
  type LogRequestBody,
  LogRequestCreate,
  LogRequestPage,
  LogRequestSchema,
} from '../schema/log-request.js';
import { NumberParams } from '../schema/upkeep.js';
import { changeOf, onlineStation } from '../upkeep-station.js';
import { write } from '../write.js';
import { numbered, numberedReads } from './numbered-reads.js';

export function logRequests(app: App, api: ApiContext): void {
  numberedReads(app, reads(api));
  download(app, api);

  app.post(
    '/v1/log-requests',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Ask a station for its diagnostics or log',
        description:
          'The station uploads it over HTTP (PUT or POST, plain or as a form) to an address of its ' +
          'own that expires. FTP is not served. 201 also where the station refuses or does not ' +
          'answer: `status` and `detail` say so.',
        tags: ['logs'],
        body: LogRequestCreate,
        response: {
          201: LogRequestSchema,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { stationId, logType, oldestAt, latestAt, ...tries } = request.body;
      const { station, version } = onlineStation(api, caller, stationId);
      if (!hasLogType(version, logType)) throw invalid('/logType', `is not of ${version}`);
      const oldestAtMs = oldestAt === undefined ? undefined : Date.parse(oldestAt);
      const latestAtMs = latestAt === undefined ? undefined : Date.parse(latestAt);
      if (oldestAtMs !== undefined && latestAtMs !== undefined && latestAtMs < oldestAtMs) {
        throw invalid('/latestAt', `must not be before oldestAt, ${instant(oldestAtMs)}`);
      }
      const { actor } = caller;
      const ask = { logType, ...defined({ oldestAtMs, latestAtMs }), ...tries, actor };
      const row = await write(
        api,
        changeOf(station, caller, {
          action: 'log.asked',
          target: `station:${stationId}`,
          after: { logType },
        }),
        () => askForLog(api.upkeep, station, ask),
      );
      return reply.status(201).send(render(row));
    },
  );
}

/** How they are read. */
const reads = (api: ApiContext) => ({
  rows: () => api.store.upkeep.logRequests,
  path: '/v1/log-requests',
  nouns: ['request for a log', 'Requests for logs'] as const,
  tag: 'logs',
  schema: LogRequestSchema,
  page: LogRequestPage,
  render,
});

function download(app: App, api: ApiContext): void {
  app.get(
    '/v1/log-requests/:id/file',
    {
      // A log may hold tokens of drivers: to see it takes more than to look at figures.
      config: { access: 'write' },
      schema: {
        summary: 'The file that a station uploaded',
        tags: ['logs'],
        params: NumberParams,
        response: { ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { file, fileName } = await numbered(reads(api), principal(request).tenantId, id);
      if (file === undefined) throw new Problem('not-found', { detail: 'no file has come yet' });
      const name = (fileName ?? `log-${id}`).replaceAll(/[^A-Za-z0-9._-]/g, '_');
      return reply
        .type('application/octet-stream')
        .header('content-length', file.sizeBytes)
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(api.upkeep.files.read(file.fileKey));
    },
  );
}

function render(row: LogRequest): LogRequestBody {
  const { file } = row;
  return defined({
    id: row.id,
    siteId: row.siteId,
    stationId: row.stationId,
    logType: row.logType,
    oldestAt: instantOrNone(row.oldestAtMs),
    latestAt: instantOrNone(row.latestAtMs),
    status: row.status,
    detail: row.detail,
    fileName: row.fileName,
    file: file && {
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      receivedAt: instant(file.receivedAtMs),
    },
    createdAt: instant(row.createdAtMs),
    updatedAt: instant(row.updatedAtMs),
    endedAt: instantOrNone(row.endedAtMs),
    actor: row.actor,
  });
}
