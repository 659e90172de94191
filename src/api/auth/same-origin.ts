/** A browser sends its cookie whoever asks: what came from another site's page is refused. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problem.js';
import type { ApiSettings } from '../settings.js';

/** Other sites' pages cannot set it without a preflight, which is never granted. */
export const CSRF_HEADER = 'x-busbar-csrf';

/** Also for streams and reads: nothing of the page is for other origins. */
export function refuseForeignOrigin(request: FastifyRequest, settings: ApiSettings): void {
  const { origin } = request.headers;
  const fetchSite = request.headers['sec-fetch-site'];
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') throw new Problem('foreign-origin');
  if (origin !== undefined && !isOwn(origin, request, settings))
    throw new Problem('foreign-origin');
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (origin === undefined) throw new Problem('foreign-origin');
  if (request.headers[CSRF_HEADER] === undefined) {
    throw new Problem('foreign-origin', { detail: `the header ${CSRF_HEADER} is missing` });
  }
}

function isOwn(origin: string, request: FastifyRequest, { publicUrl }: ApiSettings): boolean {
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return publicUrl === undefined ? from.host === request.host : from.origin === publicUrl;
}
