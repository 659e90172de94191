/**
 * Server-sent events of one site: each is the whole live picture, so that a client that was away
 * needs nothing but the next one. Ids are the sequence of the stream.
 */
import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import type { LiveSite } from '../ports.js';
import { Problem } from '../problem.js';
import { renderLive } from '../render/live.js';
import { problems, READ_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';

const KEEP_ALIVE_MS = 15_000;
/** A quiet site is shown again this often, so that a page can tell quiet from cut off. */
const REPEAT_MS = 5000;
/** What the browser waits before it connects again, ms. */
const RETRY_MS = 2000;
const STREAMS_MAX = 500;

export function stream(app: App, api: ApiContext): void {
  const open = new Set<() => void>();

  app.addHook('preClose', async () => {
    for (const close of open) close();
  });

  app.get(
    '/v1/sites/:siteId/stream',
    {
      config: { access: 'read' },
      exposeHeadRoute: false,
      schema: {
        summary: 'The live picture as server-sent events named `live`',
        description: 'The first event comes at once; a comment every 15 s keeps the stream alive.',
        tags: ['live'],
        params: SiteParams,
        produces: ['text/event-stream'],
        response: {
          200: { content: { 'text/event-stream': { schema: Type.String() } } },
          ...problems(...READ_ONE),
        },
      },
    },
    (request, reply) => {
      const { id } = siteOf(api, principal(request), request.params.siteId);
      if (open.size >= STREAMS_MAX) {
        throw new Problem('unavailable', { detail: `${STREAMS_MAX} streams are open` });
      }
      const caller = principal(request);
      reply.hijack();
      const { raw } = reply;
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) raw.setHeader(name, value);
      }
      raw.setHeader('content-type', 'text/event-stream; charset=utf-8');
      raw.setHeader('x-accel-buffering', 'no');
      raw.flushHeaders();
      raw.write(`retry: ${RETRY_MS}\n\n`);

      const show = sender(raw, (picture) =>
        renderLive(picture, siteOf(api, caller, id), api.clock.speed),
      );
      const now = api.engine.live(id);
      if (now !== undefined) show(now);
      const cancel = api.engine.subscribe(id, (picture) => show(picture));
      const keepAlive = setInterval(() => {
        raw.write(': still here\n\n');
        // Whoever has been signed out, or has lost the scope, sees no more of it.
        request.mayGoOn().then(
          (may) => may || close(),
          () => undefined,
        );
      }, KEEP_ALIVE_MS);
      const repeat = setInterval(() => {
        const again = api.engine.live(id);
        if (again !== undefined) show(again, 'repeat');
      }, REPEAT_MS);
      const close = (): void => {
        if (!open.delete(close)) return;
        clearInterval(keepAlive);
        clearInterval(repeat);
        cancel();
        raw.end();
      };
      open.add(close);
      raw.on('close', close);
      raw.on('error', close);
    },
  );
}

/** Writes pictures in order; to a slow reader only the newest one, once it has caught up. */
function sender(
  raw: ServerResponse,
  render: (picture: LiveSite) => unknown,
): (picture: LiveSite, mode?: 'repeat') => void {
  let waiting: LiveSite | undefined;
  let lastSeq = -1;
  const show = (picture: LiveSite, mode?: 'repeat'): void => {
    if (picture.seq < lastSeq || (picture.seq === lastSeq && mode !== 'repeat')) return;
    if (raw.writableNeedDrain) {
      waiting = picture;
      return;
    }
    lastSeq = picture.seq;
    raw.write(`id: ${picture.seq}\nevent: live\ndata: ${JSON.stringify(render(picture))}\n\n`);
  };
  raw.on('drain', () => {
    const next = waiting;
    waiting = undefined;
    if (next !== undefined) show(next);
  });
  return show;
}
