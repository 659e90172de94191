/** Serves the built dashboard; says how to build it where it is missing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { App } from './app.js';
import { page } from './page.js';

const ASSET_AGE_SEC = 31_536_000;

export async function dashboard(app: App, dir: string): Promise<void> {
  if (!existsSync(join(dir, 'index.html'))) {
    app.get('/', { config: { access: 'open' }, schema: { hide: true } }, async (_request, reply) =>
      reply
        .status(503)
        .type('text/html; charset=utf-8')
        .send(
          page('The dashboard is not built', [
            'The service runs; its API is described at /openapi.json.',
            'Build the dashboard with "npm run build --workspace web", then start again.',
          ]),
        ),
    );
    return;
  }
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open' };
      route.schema = { ...route.schema, hide: true };
    });
    await scope.register(fastifyStatic, {
      root: dir,
      wildcard: false,
      cacheControl: false,
      setHeaders(reply, path) {
        const named = path.includes(`${join(dir, 'assets')}`);
        const value = named ? `public, max-age=${ASSET_AGE_SEC}, immutable` : 'no-cache';
        reply.header('cache-control', value);
      },
    });
  });
}
