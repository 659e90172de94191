import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { metrics } from '../metrics.js';

export function prometheus(app: App, api: ApiContext): void {
  const { contentType, text } = metrics(api);
  app.get(
    '/metrics',
    {
      config: { access: api.settings.metricsAccess },
      schema: {
        summary: 'Metrics for Prometheus',
        tags: ['operations'],
        produces: ['text/plain'],
      },
    },
    async (_request, reply) => reply.type(contentType).send(await text()),
  );
}
