/** A dry run is never a write: who asks for one where there is none is told so. */
import type { FastifyRequest } from 'fastify';
import type { App } from './app.js';
import { Problem } from './problem.js';

const DRY_RUN = /^dry[-_]?run$/i;

/** Must be called before the routes are. */
export function dryRuns(app: App): void {
  app.addHook('preValidation', async (request) => {
    const asked = Object.keys(request.query ?? {}).find((name) => DRY_RUN.test(name));
    if (asked === undefined || request.is404 || knowsDryRun(request)) return;
    const detail = 'this has no dry run; nothing was done';
    throw new Problem('bad-request', {
      detail: `${asked}: ${detail}`,
      errors: [{ pointer: asked, detail }],
    });
  });
}

function knowsDryRun({ routeOptions }: FastifyRequest): boolean {
  const query = routeOptions.schema?.querystring as { readonly properties?: object } | undefined;
  return query?.properties !== undefined && 'dryRun' in query.properties;
}
