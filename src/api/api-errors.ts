/** Every way a request can fail ends here, as problem+json. Internals stay in the log. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { CpmsError, hasCode } from '../platform/errors.js';
import type { Log } from '../platform/ports.js';
import type { App } from './app.js';
import { Problem, problemBody } from './problem.js';

const RETRY_AFTER_SEC = 2;
/** PostgreSQL: connection exceptions and operator intervention; and sockets that are gone. */
const UNAVAILABLE_CODE = /^(08...|57P..|53300|ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT)$/;

export function apiErrors(app: App, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.statusCode >= 500) {
      const cause = problem.cause ?? error;
      log.error(
        { requestId: request.id, method: request.method, url: pathOf(request), cause },
        `request failed: ${cause instanceof Error ? cause.message : problem.message}`,
      );
    }
    return sendProblem(request, reply, problem);
  });
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply {
  if (problem.statusCode === 401) reply.header('www-authenticate', 'Bearer realm="busbar"');
  if (problem.statusCode === 503) reply.header('retry-after', RETRY_AFTER_SEC);
  return reply
    .status(problem.statusCode)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, pathOf(request), request.id)));
}

/** Runs a write; a store that is away is 503, so that the caller knows to try again. */
export async function orUnavailable<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (cause) {
    if (cause instanceof Problem || isAskedWrongly(cause)) throw cause;
    if (hasCode(cause, 'already-exists')) throw cause;
    throw new Problem('unavailable', { detail: 'the change could not be stored', cause });
  }
}

function problemOf(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (isAskedWrongly(error)) return new Problem('bad-request', { detail: WRONG_VALUE });
  if (hasCode(error, 'already-exists')) return new Problem('conflict', { detail: error.message });
  if (error instanceof CpmsError && error.retriable) {
    return new Problem('unavailable', { cause: error });
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return new Problem('body-too-large');
  if (status === 415) return new Problem('unsupported-media-type');
  if (status === 429) return new Problem('too-many-requests', { detail: error.message });
  if (error instanceof SyntaxError || error.code?.startsWith('FST_ERR_CTP')) {
    return new Problem('malformed-json', { detail: error.message });
  }
  if (status >= 400 && status < 500) return new Problem('bad-request', { detail: error.message });
  if (UNAVAILABLE_CODE.test(error.code ?? '')) return new Problem('unavailable', { cause: error });
  return new Problem('internal', { cause: error });
}

const WRONG_VALUE = 'a value cannot be stored or compared, such as a cursor that is not ours';

/** A cursor that is not ours, or SQLSTATE class 22: a value that PostgreSQL cannot take. */
function isAskedWrongly(error: unknown): boolean {
  if (hasCode(error, 'cursor-invalid')) return true;
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^22\w{3}$/.test(code);
}

/** The path without the query: a query may hold what must not be repeated. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}
