/**
 * How long a peer may take over the body of a request. Without it one that sends a byte now and then
 * holds a socket for ever, and it need not even be somebody we know.
 */
import type { App } from './app.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Real time until the whole body must be there; absent: a minute. */
    bodyWithinMs?: number;
  }
}

const BODY_WITHIN_MS = 60_000;

/** Precondition: called before the routes are. */
export function limitBodyTime(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw, routeOptions } = request;
    const withinMs = routeOptions.config?.bodyWithinMs ?? BODY_WITHIN_MS;
    const timer = setTimeout(() => {
      if (!raw.complete) raw.destroy();
    }, withinMs);
    timer.unref();
    raw.once('end', () => clearTimeout(timer));
    reply.raw.once('close', () => clearTimeout(timer));
    done();
  });
  // Answered before its body is there: nobody reads the rest of it.
  app.addHook('onSend', async (request, reply) => {
    const hasBody = hasLength(request.headers) || 'transfer-encoding' in request.headers;
    if (hasBody && !request.raw.complete) reply.header('connection', 'close');
  });
}

function hasLength(headers: { readonly 'content-length'?: string | undefined }): boolean {
  return Number(headers['content-length'] ?? 0) > 0;
}
