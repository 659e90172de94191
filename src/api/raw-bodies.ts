/** Routes that take a body as a stream, whatever its type: the JSON parser does not see it. */
import type { App } from './app.js';

export async function withRawBodies(app: App, routes: (scope: App) => void): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    routes(scope as App);
  });
}
