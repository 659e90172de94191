/** Every request: its trace, a line in the log where it changes something, and its duration. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';
import { type Trace, traceFrom, traceparentOf } from '../platform/trace.js';
import type { App } from './app.js';
import type { ApiDeps } from './settings.js';

const BUCKETS_SEC = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent where the URL was not even readable. */
    trace?: Trace;
  }
  interface FastifyContextConfig {
    /** False: called so often that a line each would drown the rest. */
    logged?: boolean;
  }
}

/** Precondition: the first hooks of the app, so that nothing is answered without them. */
export function observe(app: App, { log, runtime }: ApiDeps): void {
  const { tracing, registry } = runtime;
  const durations = new Histogram({
    name: 'busbar_http_request_duration_seconds',
    help: 'From the request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SEC,
    registers: [registry],
  });
  app.decorateRequest('trace');
  app.addHook('onRequest', (request, reply, done) => {
    const { traceparent } = request.headers;
    const trace = traceFrom(typeof traceparent === 'string' ? traceparent : undefined);
    request.trace = { ...trace, requestId: request.id };
    reply.header('traceparent', traceparentOf(trace));
    tracing.run(request.trace, done);
  });
  // A body arrives by events of its socket, outside of what ran before.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.trace === undefined) done();
    else tracing.run(request.trace, done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'unknown';
    const status = reply.statusCode;
    durations.observe({ method, route, status }, reply.elapsedTime / 1000);
    if (request.trace !== undefined && isLogged(request)) {
      tracing.run(request.trace, () => log.info(fieldsOf(request, reply), 'request'));
    }
    done();
  });
}

function isLogged({ method, routeOptions }: FastifyRequest): boolean {
  const isRead = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return !isRead && routeOptions.config.logged !== false;
}

/** The route, never the URL: a query may hold what must not be repeated. */
function fieldsOf(request: FastifyRequest, reply: FastifyReply): Readonly<Record<string, unknown>> {
  const { method, routeOptions, principal } = request;
  const params = (request.params ?? {}) as Readonly<Record<string, string>>;
  const { siteId, stationId, sessionId } = params;
  return {
    method,
    route: routeOptions.url,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
    ...(principal === undefined ? {} : { tenant: principal.tenantId, actor: principal.actor }),
    ...(siteId === undefined ? {} : { siteId }),
    ...(stationId === undefined ? {} : { stationId }),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}
