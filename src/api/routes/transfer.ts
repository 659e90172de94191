/** Addresses that stations are given: upload of a log, download of a firmware image. */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { Type } from 'typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TransferLink } from '../../store/upkeep/ports.js';
import { FileTooLarge, type StoredFile } from '../../upkeep/transfer/file-shelf.js';
import { boundaryOf, firstPart, NotMultipart } from '../../upkeep/transfer/first-part.js';
import { findLink, LINK_PATTERN } from '../../upkeep/transfer/links.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { Problem } from '../problem.js';
import { withRawBodies } from '../raw-bodies.js';
import { problems } from '../route-schema.js';

export const UPLOAD_MAX_BYTES = 64 * 1024 * 1024;
/** A peer that is silent for so long is given up, and one that has not sent all of it by then. */
const SILENCE_MAX_MS = 60_000;
const UPLOAD_WITHIN_MS = 3_600_000;

const Params = Type.Object({ token: Type.String({ pattern: LINK_PATTERN }) });
/** Stations that take the address for a folder put a name behind it. */
const NamedParams = Type.Object({
  token: Type.String({ pattern: LINK_PATTERN }),
  fileName: Type.String({ maxLength: 255 }),
});
const Received = Type.Object(
  { sizeBytes: Type.Integer(), sha256: Type.String() },
  { title: 'FileReceived' },
);

export async function transfer(app: App, api: ApiContext): Promise<void> {
  const running: Uploads = new Map();
  await withRawBodies(app, (scope) => {
    for (const [url, params] of [
      ['/transfer/:token', Params],
      ['/transfer/:token/:fileName', NamedParams],
    ] as const) {
      scope.route({
        method: ['PUT', 'POST'],
        url,
        config: { access: 'open', bodyWithinMs: UPLOAD_WITHIN_MS },
        schema: {
          summary: 'A station uploads its log',
          description: `Plain or as multipart/form-data, at most ${UPLOAD_MAX_BYTES / 1024 / 1024} MiB.`,
          tags: ['transfer'],
          params,
          response: { 200: Received, ...problems('not-found', 'invalid', 'body-too-large') },
        },
        handler: (request) => upload(api, request, running),
      });
      scope.route({
        method: 'GET',
        url,
        config: { access: 'open' },
        schema: {
          summary: 'A station fetches a firmware image',
          tags: ['transfer'],
          params,
          response: { ...problems('not-found') },
        },
        handler: (request, reply) => download(api, request, reply),
      });
    }
  });
}

/** Bodies under way, by the log that they are for. */
type Uploads = Map<number, IncomingMessage>;

/**
 * One at a time for each log: a station that tries again has given up its last attempt, and many at
 * once would fill the disk.
 */
async function upload(
  api: ApiContext,
  request: FastifyRequest,
  running: Uploads,
): Promise<{ sizeBytes: number; sha256: string }> {
  const link = await linkOf(api, request, 'upload');
  const id = Number(link.target);
  const { raw } = request;
  raw.setTimeout(SILENCE_MAX_MS, () => raw.destroy());
  running.get(id)?.destroy();
  running.set(id, raw);
  const file = await receive(api, raw).finally(() => {
    if (running.get(id) === raw) running.delete(id);
  });
  const receivedAtMs = api.clock.nowMs();
  const { logRequests } = api.store.upkeep;
  const before = await orUnavailable(logRequests.received(id, { ...file, receivedAtMs }));
  if (before !== undefined) await api.upkeep.files.remove(before);
  const { sizeBytes, sha256 } = file;
  api.log.info({ stationId: link.stationId, id, sizeBytes }, 'log received');
  return { sizeBytes, sha256 };
}

/** Streams it to a file. A form is taken apart on the way. */
async function receive(api: ApiContext, raw: IncomingMessage): Promise<StoredFile> {
  const declaredBytes = Number(raw.headers['content-length'] ?? 0);
  const boundary = boundaryOf(raw.headers['content-type']);
  const tooLarge = `at most ${UPLOAD_MAX_BYTES} bytes`;
  if (declaredBytes > UPLOAD_MAX_BYTES) throw new Problem('body-too-large', { detail: tooLarge });
  const part = boundary === undefined ? undefined : firstPart(boundary);
  try {
    // A failure of either side reaches `put` through the part.
    const content = part === undefined ? raw : pipeline(raw, part, () => undefined);
    return await api.upkeep.files.put(content, UPLOAD_MAX_BYTES);
  } catch (cause) {
    if (cause instanceof FileTooLarge) {
      throw new Problem('body-too-large', { detail: tooLarge, cause });
    }
    if (cause instanceof NotMultipart)
      throw new Problem('invalid', { detail: cause.message, cause });
    if (raw.destroyed) throw new Problem('bad-request', { detail: 'the upload broke off', cause });
    throw cause;
  }
}

async function download(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { tenantId, target, stationId } = await linkOf(api, request, 'download');
  const image = await orUnavailable(api.store.upkeep.firmwareImages.find(tenantId, target));
  if (image === undefined) throw new Problem('not-found', { detail: 'the image is gone' });
  const { fileKey, sizeBytes, sha256, name } = image;
  reply
    .type('application/octet-stream')
    .header('accept-ranges', 'bytes')
    .header('etag', `"${sha256}"`)
    .header('content-disposition', `attachment; filename="${name}"`);
  const start = resumedFrom(request.headers.range, sizeBytes);
  api.log.info({ stationId, image: name, start }, 'firmware fetched');
  if (start === 0) {
    return reply.header('content-length', sizeBytes).send(api.upkeep.files.read(fileKey));
  }
  const end = sizeBytes - 1;
  return reply
    .status(206)
    .header('content-length', sizeBytes - start)
    .header('content-range', `bytes ${start}-${end}/${sizeBytes}`)
    .send(api.upkeep.files.read(fileKey, { start, end }));
}

/** A paused download goes on from a byte; any other range gets the whole file, which is allowed. */
function resumedFrom(range: string | undefined, sizeBytes: number): number {
  const start = Number(/^bytes=(\d{1,12})-$/.exec(range ?? '')?.[1] ?? 0);
  return start < sizeBytes ? start : 0;
}

/** 404 says the same of an address that never was, has expired, or is for the other direction. */
async function linkOf(
  api: ApiContext,
  request: FastifyRequest,
  kind: TransferLink['kind'],
): Promise<TransferLink> {
  const { token } = request.params as { token: string };
  const link = await orUnavailable(findLink(api.upkeep, token, kind));
  if (link === undefined) throw new Problem('not-found', { detail: 'the address is not in force' });
  return link;
}
