/** What every route has in common beyond its own schema: request ids, pages, methods. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './api-errors.js';
import type { App } from './app.js';
import { Problem } from './problem.js';

const REQUEST_ID = /^[A-Za-z0-9._~-]{8,128}$/;
/** W3C Trace Context: version, trace id, parent id, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** The caller's own id, or that of its trace, so that two logs can be laid side by side. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const own = headers['x-request-id'];
  if (typeof own === 'string' && REQUEST_ID.test(own)) return own;
  const traceparent = headers['traceparent'];
  const trace = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return trace !== undefined && !/^0+$/.test(trace) ? trace : randomUUID();
}

/** Must be called before the routes are. */
export function conventions(app: App): void {
  const patterns = knownMethods(app);
  linkNextPage(app);

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = [...patterns.values()].find(({ test }) => test.test(path))?.methods;
    if (allowed === undefined) {
      return sendProblem(
        request,
        reply,
        new Problem('not-found', { detail: `nothing at ${path.slice(0, 300)}` }),
      );
    }
    return otherMethod(request, reply, [...allowed, 'OPTIONS'].sort());
  });
}

/** OPTIONS names the methods; it grants no other origin anything. */
function otherMethod(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): FastifyReply {
  reply.header('allow', allowed.join(', '));
  if (request.method === 'OPTIONS') return reply.status(204).send();
  const detail = `${request.method} is not among ${allowed.join(', ')}`;
  return sendProblem(request, reply, new Problem('method-not-allowed', { detail }));
}

interface Known {
  readonly test: RegExp;
  readonly methods: Set<string>;
}

function knownMethods(app: App): ReadonlyMap<string, Known> {
  const patterns = new Map<string, Known>();
  app.addHook('onRoute', ({ url, method }) => {
    const source = url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[^\w-]/g, '\\$&')))
      .join('/');
    const known = patterns.get(url) ?? { test: new RegExp(`^${source}$`), methods: new Set() };
    for (const each of [method].flat()) known.methods.add(each);
    patterns.set(url, known);
  });
  return patterns;
}

/** A page with a `next` also says so as a link (RFC 8288). */
function linkNextPage(app: App): void {
  app.addHook('preSerialization', async (request, reply, payload: unknown) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return payload;
    if (typeof payload !== 'object' || payload === null || !('items' in payload)) return payload;
    const next = Reflect.get(payload, 'next');
    if (typeof next !== 'string') return payload;
    const url = new URL(request.url, 'http://localhost');
    url.searchParams.set('after', next);
    reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
    return payload;
  });
}
